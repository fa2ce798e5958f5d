"""Input of this stage."""
