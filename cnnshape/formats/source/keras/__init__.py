"""Networks as Keras source."""
