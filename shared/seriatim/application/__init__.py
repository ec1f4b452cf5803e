"""Use cases: load, decide, append, hand over. Meets the world through ``seriatim.ports`` only."""
