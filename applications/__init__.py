"""Stage 1: from an open call to the Steering Committee's decision."""
