"""Keras models, read."""
