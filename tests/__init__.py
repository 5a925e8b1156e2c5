"""The tests, importable as a package for what they share (`tests.strategies`)."""
