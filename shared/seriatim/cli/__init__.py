"""The command ``seriatim``."""
