"""Pages of this stage, one file per kind of reader."""
