"""The temporal convolutional network of Bai, Kolter and Koltun 2018 (arXiv 1803.01271)."""

import pytest

import cnnshape as cs
from cnnshape.analysis.receptive_field import receptive_fields
from cnnshape.graph.propagate import propagate


def by_hand(depth, k, width, inputs, classes):
    """Weights and biases: the first block has a 1x1 convolution beside its two, all others two of equal width."""
    first = (inputs * width * k + width) + (width * width * k + width) + (inputs * width + width)
    return first + (depth - 1) * 2 * (width * width * k + width) + width * classes + classes


@pytest.mark.parametrize(("depth", "k"), [(8, 7), (4, 3), (1, 2), (6, 8)])
def test_parameters(depth, k):
    found = cs.report(cs.zoo("tcn", depth=depth, kernel_size=k, in_channels=3, num_classes=5))
    assert found.params == by_hand(depth, k, 25, 3, 5)


def test_the_paper_prints_70_thousand():
    """Table 1, Seq. MNIST: 70K. With weight normalization there is one number more per channel of the convolutions."""
    found = cs.report(cs.zoo("tcn")).params
    assert found == by_hand(8, 7, 25, 1, 10) == 66_510
    assert round((found + 16 * 25) / 1e4) == 7


@pytest.mark.parametrize(("depth", "k"), [(1, 2), (3, 3), (8, 7), (24, 2)])
def test_the_receptive_field_is_the_closed_formula_and_causal(depth, k):
    network = cs.zoo("tcn", depth=depth, kernel_size=k)
    fields = receptive_fields(propagate(network))
    (axis,) = fields.of(f"tcn.network.{depth - 1}.relu").axes
    assert (axis.size, axis.jump, axis.high) == (1 + 2 * (k - 1) * (2**depth - 1), 1, 0)
    assert axis.status == "exact"
    # What a block adds is centered (k - 1)*dilation steps before what it is added to: it sees the past alone.
    assert [each.offset for each in fields.misaligned] == [(k - 1) << block for block in range(depth)]


def test_the_last_step_alone_is_classified(torch):
    from tests.oracles.torch_reference import answer

    found = cs.report(cs.zoo("tcn"))
    assert dict(found.conditions) == {}
    for sizes in ({"N": 2, "L": 784}, {"N": 1, "L": 1}, {"N": 3, "L": 50}):
        at = found.at(sizes)
        said = answer(found.network, sizes)
        assert at.tensors == {name: shape for name, (shape, _) in said.tensors.items()}
        assert at.tensors["linear"] == (sizes["N"], 10)
    assert said.parameters == found.params


def test_arguments_out_of_range():
    with pytest.raises(cs.UsageError, match="depth = 25 does not fit"):
        cs.zoo("tcn", depth=25)
    with pytest.raises(cs.UsageError, match="kernel_size = 1 does not fit"):
        cs.zoo("tcn", kernel_size=1)
    assert cs.report(cs.zoo("tcn", width_mult="w")).at(w=1).params == 66_510
