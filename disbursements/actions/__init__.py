"""What this stage writes."""
