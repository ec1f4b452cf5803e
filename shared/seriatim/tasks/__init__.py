"""The integrations that run a task. AWS clients are handed in."""
