"""Use cases: load, decide, append, hand over. Talks to the world through ``seriatim.ports`` only."""
