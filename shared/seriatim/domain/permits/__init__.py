"""Ledgers: who holds permits of what, who waits for them, and who is served next (ADR 9). Pure."""
