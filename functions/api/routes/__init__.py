"""The routes: a module for each resource, which says what it takes and asks the use case."""
