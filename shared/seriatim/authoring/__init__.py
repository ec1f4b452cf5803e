"""Definitions as users write them: files, bundles and Python."""
