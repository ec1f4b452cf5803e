"""The worker: takes messages from the queue and advances executions. Never imports pydantic."""
