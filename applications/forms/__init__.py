"""Forms of this stage: they read what was typed and never write."""
