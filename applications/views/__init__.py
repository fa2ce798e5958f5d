"""Pages of this stage, one file for each kind of reader."""
