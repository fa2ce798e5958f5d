"""Stage 3: from reports and visits to published case records."""
