"""The expression language: parsed once, evaluated without side effects (docs/expressions.md)."""
