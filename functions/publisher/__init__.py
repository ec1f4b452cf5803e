"""The publisher: puts the sequences that come with a deployment into the service."""
