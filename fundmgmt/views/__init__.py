"""Pages of the ground floor, one file for each kind of reader."""
