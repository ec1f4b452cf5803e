"""Benchmarks: ratios measured in one run, never absolute claims. ``make bench`` runs them all."""
