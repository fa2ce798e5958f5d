"""What this stage reads."""
