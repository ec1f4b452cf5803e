"""The functions that expressions may call, by what they work on; ``table`` names them all."""
