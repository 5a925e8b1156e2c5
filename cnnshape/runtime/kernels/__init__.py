"""Channels-last algorithms: each builds its views once and yields the calls that are run many times."""
