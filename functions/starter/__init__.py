"""The starter: starts what messages of the queue ask for. Never imports pydantic."""
