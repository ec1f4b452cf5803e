"""The HTTP API: ``routes``, the ``schemas`` of what they take and answer, and, in this folder, how
any call is read, let in and answered. No rule of the domain.
"""
