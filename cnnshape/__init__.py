"""Convolutional architectures as algebra: every size, count and receptive field of a network as a formula."""
