"""Networks as source code: what its writers share."""
