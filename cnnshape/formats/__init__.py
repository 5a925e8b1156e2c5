"""Readers and writers of files that hold a network."""
