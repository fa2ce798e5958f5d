"""Tests: a mirror of each app, whole journeys, and the rules of the house."""
