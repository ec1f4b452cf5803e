"""The expression language: parsed once per revision, evaluated without side effects (docs/expressions.md)."""
