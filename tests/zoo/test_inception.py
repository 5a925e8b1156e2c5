"""GoogLeNet and Inception-v3, with and without their auxiliary heads."""

import pytest

import cnnshape as cs
from cnnshape.symbolic import evaluate


def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


def test_inception_v3_without_its_auxiliary_head_is_that_of_keras():
    """keras.applications.InceptionV3: 23 817 352 trained and 34 432 others; its norms have no factor, ours do."""
    found = report("inception_v3", aux=False)
    assert found.totals.buffers == 34_432
    assert found.params == 23_817_352 + 34_432 // 2
    assert all(layer.executed for layer in found)


def test_heads_are_absent_or_held():
    assert report("inception_v3").params == 27_161_264  # torchvision counts the head
    assert report("googlenet").params == 6_624_904  # torchvision leaves them out
    assert [layer for layer in report("googlenet") if not layer.executed] == []
    assert report("googlenet", aux=True).at().macs == report("googlenet").at().macs


def test_ten_classes():
    """The usual sum of `numel()` of PyTorch's module for CIFAR-10, without its heads."""
    assert report("googlenet", num_classes=10).params == 5_610_154
    # Both heads and the network end in ten numbers instead of a thousand.
    saved = report("googlenet", aux=True).params - report("googlenet", aux=True, num_classes=10).params
    assert saved == 990 * (1025 + 2 * 1025)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
@pytest.mark.parametrize("aux", [False, True])
def test_widths_as_a_formula(name, aux):
    free = report(name, aux=aux, width_mult="w")
    for w in (1, 2, 3):
        assert evaluate(free.params, {"w": w}) == report(name, aux=aux, width_mult=w).params
    half = report(name, aux=aux, width_mult="w/2").params
    assert evaluate(half, {"w": 1}) == report(name, aux=aux, width_mult=0.5).params


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_gray_pictures(name):
    kernel = {"googlenet": 49 * 64, "inception_v3": 9 * 32}[name]
    assert report(name).params - report(name, in_channels=1).params == 2 * kernel
