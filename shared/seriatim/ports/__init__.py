"""Ports: what the application asks of the outside, as protocols, a module for each.

One contract suite per port (``tests/contract``) holds every adapter and every fake to the same
words. What ports raise on purpose, and what the caller must do then: ``errors``.
"""
