"""PyTorch modules and exported programs, read."""
