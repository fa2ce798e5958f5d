"""Stage 2: from money received to a grant closed and reconciled."""
