"""Local doubles of payment rails, for the demonstration and the tests. They listen on this machine only."""
