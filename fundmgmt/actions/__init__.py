"""Writes of the ground floor: one file for each group of verbs."""
