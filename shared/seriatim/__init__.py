"""Seriatim: serverless task sequences. What the functions ship and what users import."""
