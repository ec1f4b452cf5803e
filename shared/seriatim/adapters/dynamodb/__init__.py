"""The ports that live in DynamoDB: the log, and the records beside it."""
