"""Checks of definitions. Every problem is a value with a code, a place and a message that says what
to do.
"""
