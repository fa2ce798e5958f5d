"""Ways money leaves the fund: one protocol, one file for each rail."""
