"""Writes of this stage."""
