"""Layers: every family, and what all families share."""
