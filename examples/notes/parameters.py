"""The fully connected head of the lecture notes, and the convolutions that are to replace it.

The last map is 7x7 with 386 channels: 18914 numbers. Two figures of the notes are slips, and their comparison counts
biases on one side only. What saves parameters is the bottleneck of 386 channels, not the sharing of weights: the
convolution that computes the same as the linear layer has as many.
"""

import cnnshape as cs
from cnnshape import Input, Network, sequential
from cnnshape import layers as L


def params(*layers):
    """The parameters of a head on the 7x7x386 map."""
    x = Input("map", (386, 7, 7))
    return cs.report(Network("head", inputs=x, outputs=sequential(*layers)(x))).params


def on_pixels(channels, layer):
    """The parameters of a layer on maps with that many channels, of any size."""
    x = Input("map", (channels, "H", "W"))
    return cs.report(Network("layer", inputs=x, outputs=layer(x))).params


def linear_head():
    """Flatten, 4096, 1000."""
    return params(L.Flatten(), L.Linear(4096), L.Linear(1000))


def bottleneck_head(*, bias):
    """The notes' convolutions: 7x7 to 386 channels, 1x1 to 4096, 1x1 to 1000."""
    return params(
        L.Conv(386, kernel_size=7, bias=bias),
        L.Conv(4096, kernel_size=1, bias=bias),
        L.Conv(1000, kernel_size=1, bias=bias),
    )


def exact_head():
    """What computes the same as the linear layers: 7x7 to 4096 channels, then 1x1 to 1000."""
    return params(L.Conv(4096, kernel_size=7), L.Conv(1000, kernel_size=1))


STATEMENTS = {
    "fc-1": lambda: params(L.Flatten(), L.Linear(4096)),
    "fc-2": lambda: linear_head() - params(L.Flatten(), L.Linear(4096)),
    "as-conv-1": lambda: on_pixels(386, L.Conv(386, kernel_size=7, bias=False)),
    "as-conv-2": lambda: on_pixels(386, L.Conv(4096, kernel_size=1, bias=False)),
    "as-conv-3": lambda: on_pixels(4096, L.Conv(1000, kernel_size=1, bias=False)),
    "replace": lambda: [linear_head(), bottleneck_head(bias=False)],
}

if __name__ == "__main__":
    shown = {name: count() for name, count in STATEMENTS.items()}
    print(f"linear 18914 to 4096, with bias     {shown['fc-1']:>12,}   the notes print 77,480,640")
    print(f"linear 4096 to 1000, with bias      {shown['fc-2']:>12,}")
    print(f"conv 7x7, 386 to 386, no bias       {shown['as-conv-1']:>12,}   the notes print 7,304,884")
    print(f"conv 1x1, 386 to 4096, no bias      {shown['as-conv-2']:>12,}")
    print(f"conv 1x1, 4096 to 1000, no bias     {shown['as-conv-3']:>12,}")
    print()
    print(f"the linear head, with biases        {linear_head():>12,}")
    print(f"the notes' convolutions, no biases  {bottleneck_head(bias=False):>12,}   not the same function")
    print(f"the notes' convolutions, biases     {bottleneck_head(bias=True):>12,}")
    print(f"the same function as convolutions   {exact_head():>12,}   saves nothing")
