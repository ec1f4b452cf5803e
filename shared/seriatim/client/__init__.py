"""Speaks to the service from outside, over HTTP."""
