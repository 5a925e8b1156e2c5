"""The builders of published networks, a file for each family."""
