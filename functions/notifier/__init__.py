"""The notifier: follows the log and tells the bus of changes of status. Never imports pydantic."""
