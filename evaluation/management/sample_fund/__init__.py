"""Drives the sample fund through the real actions, each step at its day and by the right person."""
