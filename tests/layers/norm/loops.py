"""Norms of one row of counted numbers, as their papers and PyTorch's documentation write them."""

from tests.layers.counted import add_up, largest, numbers, power, sqrt


def statistics(row):
    """Subtract the mean, divide by the root of the variance plus eps."""
    mean = add_up(row) / len(row)
    centered = [x - mean for x in row]
    scale = 1 / sqrt(add_up([x * x for x in centered]) / len(row) + 1e-5)
    return [x * scale for x in centered]


def mean_square(row):
    scale = 1 / sqrt(add_up([x * x for x in row]) / len(row) + 1e-5)
    return [x * scale for x in row]


def unit(row):
    length = largest(sqrt(add_up([x * x for x in row])), 1e-12)
    return [x / length for x in row]


def affine(row, scale=True, shift=True):
    row = [x * 0.9 for x in row] if scale else row
    return [x + 0.1 for x in row] if shift else row


def neighbors(row, size=3):
    """y = x/(k + alpha/size*sum(x^2))^beta with padding of zeros, which count."""
    squares = [x * x for x in row]
    zero = numbers(row[0].tally, 1)[0]
    padded = [zero] * (size // 2) + squares + [zero] * ((size - 1) // 2)
    return [x / power(1.0 + add_up(padded[i : i + size]) * (1e-4 / size), 0.75) for i, x in enumerate(row)]
