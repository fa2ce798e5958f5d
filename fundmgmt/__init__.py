"""Project settings and everything that two or more stages share."""
