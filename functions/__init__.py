"""Driving adapters: one folder, one Lambda, one IAM role."""
