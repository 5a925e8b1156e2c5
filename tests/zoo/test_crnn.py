"""CRNN (Shi, Bai, Yao 2015, arXiv 1507.05717): its parameters, its steps, PyTorch."""

import pytest

import cnnshape as cs


def weights(inp, out, k):
    return inp * out * k * k + out


def by_hand(classes):
    """The authors' table 1 from the bottom up, with the norms of the PyTorch port."""
    convolutions = (
        weights(1, 64, 3), weights(64, 128, 3), weights(128, 256, 3), weights(256, 256, 3), weights(256, 512, 3),
        weights(512, 512, 3), weights(512, 512, 2),
    )  # fmt: skip
    norms = 2 * (256 + 512 + 512)
    lstm = [2 * (4 * 256 * (width + 256) + 2 * 4 * 256) for width in (512, 256)]
    return sum(convolutions) + norms + sum(lstm) + weights(512, 256, 1) + weights(512, classes, 1)


def test_parameters():
    """The paper, section 3.3: "CRNN has only 8.3 million parameters, taking only 33MB RAM"."""
    assert cs.report(cs.zoo("crnn")).params == by_hand(37)
    assert cs.report(cs.zoo("crnn", num_classes=11)).params == by_hand(11)
    assert (by_hand(37) // 10**5, 4 * by_hand(37) // 10**6) == (83, 33)
    assert cs.report(cs.zoo("crnn", width_mult="w")).at(w=1).params == by_hand(37)


def walked(n, *windows):
    """The size after windows of (k, s, p), or 0."""
    for k, s, p in windows:
        n = (n + 2 * p - k) // s + 1 if n + 2 * p >= k else 0
    return n


def test_it_reads_lines_of_32_pixels(torch):
    from tests.oracles.torch_reference import answer

    found = cs.report(cs.zoo("crnn"))
    said = answer(found.network, {"N": 2, "H": 32, "W": 100})
    at = found.at(N=2, H=32, W=100)
    assert at.tensors == {name: shape for name, (shape, _) in said.tensors.items()}
    assert (at.params, at.totals.buffers) == (said.parameters, said.buffers)
    # The line of features has height 1: four pools of 2, then a window of height 2.
    for H in range(1, 70):
        height = walked(H, *((2, 2, 0),) * 4, (2, 1, 0))
        assert (H in found.conditions["H"]) is (height == 1)
    for W in range(1, 20):
        assert (W in found.conditions["W"]) is (walked(W, *((2, 2, 0),) * 2) >= 1)


@pytest.mark.parametrize("W", [4, 99, 100, 101, 260])
def test_steps_and_their_multiply_adds(W):
    at = cs.report(cs.zoo("crnn")).at(N=1, H=32, W=W)
    # Two pools that keep the width add a step each by their padding, the last window takes one.
    steps = W // 4 + 1
    assert [*at.outputs.values()] == [(steps, 1, 37)]
    # Two directions, each 4 gates of 256 units that take the input and the state.
    recurrent = [layer.macs for layer in at if layer.op == "LSTM"]
    assert recurrent == [2 * 4 * 256 * (512 + 256) * steps, 2 * 4 * 256 * (256 + 256) * steps]
