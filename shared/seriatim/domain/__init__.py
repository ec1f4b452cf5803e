"""The pure core: definitions, plan, decide, evolve. No clock, no randomness, no I/O, no logging."""
