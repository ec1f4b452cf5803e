"""The decider: ``decide`` and ``evolve``, pure and deterministic."""
