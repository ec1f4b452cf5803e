"""Real things to run: ``make run`` runs ``main_path``."""
