"""A simulator of windows, independent of the package: which pixels of the input reach each position of a map."""

import numpy as np


class Map:
    """One axis of a tensor: `pixels[i]` are the input pixels that position i sees, `padded[i]` if a padding was met."""

    def __init__(self, pixels, padded):
        self.pixels, self.padded = pixels, padded

    def __len__(self):
        return len(self.pixels)


def gathered(source, taps_of, count):
    """Each new position sees what its taps see; a tap outside the map is padding."""
    pixels = np.zeros((count, source.pixels.shape[1]), bool)
    padded = np.zeros(count, bool)
    for i in range(count):
        for tap in taps_of(i):
            if 0 <= tap < len(source):
                pixels[i] |= source.pixels[tap]
                padded[i] |= source.padded[tap]
            else:
                padded[i] = True
    return Map(pixels, padded)


def slid(source, k, s, before, after, d, ceil=False):
    n, reach = len(source), d * (k - 1)
    rest = before + n + after - reach - 1
    count = (-(-rest // s) if ceil else rest // s) + 1
    if ceil and (count - 1) * s >= n + before:  # PyTorch: the last window starts inside the map or the left padding
        count -= 1
    return gathered(source, lambda i: [i * s - before + t * d for t in range(k)], max(count, 0))


def spread(source, k, s, before, after, d, added):
    count = (len(source) - 1) * s - before - after + d * (k - 1) + 1 + added
    taps = [
        [(i + before - t * d) // s for t in range(k) if (i + before - t * d) % s == 0] for i in range(max(count, 0))
    ]
    return gathered(source, lambda i: taps[i], max(count, 0))


def united(maps):
    pixels, padded = maps[0].pixels.copy(), maps[0].padded.copy()
    for other in maps[1:]:
        pixels |= other.pixels
        padded |= other.padded
    return Map(pixels, padded)


def padding_same(n, k, s, d, upper):
    both = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
    less = both // 2
    return (less, both - less) if upper else (both - less, less)
