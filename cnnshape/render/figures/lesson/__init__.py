"""Figures for a lesson: what one layer does, drawn with its own numbers."""
