"""Dead letters: what queues and timers gave up is looked into, and explained."""
