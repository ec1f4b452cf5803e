"""The topology on one machine: embedded AWS, event sources, timers, the HTTP gateway."""
