"""The NumPy backend: plan once, then execute."""
