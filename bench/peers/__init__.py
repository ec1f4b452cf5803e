"""Seriatim beside its peers, shape by shape, each peer in a process of its own."""
