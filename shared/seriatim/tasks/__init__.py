"""Running tasks: one module for each integration, the runner before them, and ``@task``."""
