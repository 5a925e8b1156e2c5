"""Conditions that exclude one another: each fits some sizes, together they fit none."""

from __future__ import annotations

import pytest

from cnnshape.analysis.report import facts
from cnnshape.graph.build import Input
from cnnshape.graph.network import Network
from cnnshape.layers import Add, Conv, ConvTranspose, Flatten, Linear, MaxPool, Upsample
from cnnshape.symbolic import parse_conditions


def even_and_odd(*shape: object, kernel: int = 3) -> Network:
    """Pooling and up-sampling gives even sizes back; a kernel of 3 with stride 2, there and back, odd ones."""
    x = Input("x", (3, *shape))  # type: ignore[arg-type]  # sizes and texts
    a = Add()(Upsample(scale_factor=2)(MaxPool(2)(x)), x, name="a")
    there = Conv(3, kernel_size=kernel, stride=2)(a)
    return Network("n", inputs=x, outputs=Add()(ConvTranspose(3, kernel_size=kernel, stride=2)(there), a, name="b"))


def test_the_error_names_the_layers_that_exclude_one_another() -> None:
    found = facts(even_and_odd("H"))
    assert found.valid is False
    (error,) = found.errors
    assert error.text == (
        "CS216 b: no H works\n"
        "  Add, node 7 of 7\n"
        "  input (N, 3, 2*ceil(H/2) - 1) and (N, 3, H)   known: N=N, C=3, L=2*ceil(H/2) - 1\n"
        "  rule: the conditions of all layers hold together for some sizes\n"
        "    add 'a' joins 2*floor(H/2) and H: H % 2 == 0\n"
        "    add 'b' joins 2*ceil(H/2) - 1 and H: H % 2 == 1\n"
        "  fix: crop input 1 to H along L, or pad input 2 to 2*ceil(H/2) - 1 along L"
    )


def test_every_symbol_without_a_value_is_an_error() -> None:
    found = facts(even_and_odd("H", "W"))
    assert [error.message for error in found.errors] == ["no H works", "no W works"]
    assert facts(even_and_odd("H", "W", kernel=4)).errors == ()


@pytest.mark.parametrize("size", range(1, 40))
def test_it_is_true_for_every_size(size: int) -> None:
    at = facts(even_and_odd("H")).at(H=size)
    assert at.valid is False
    assert [error.code for error in at.errors] == ["CS203" if size < 3 else "CS201"]
    assert "for the whole network no H works" in at.errors[0].text


def test_a_relation_without_a_box_is_one_error() -> None:
    x = Input("x", (1, "H", "W"))
    net = Network("n", inputs=x, outputs=Linear(10, in_features=7)(Flatten()(x)))
    assert facts(net).valid is None
    found = facts(net, assume=parse_conditions("H in 2..6"))
    assert found.valid is False
    (error,) = found.errors
    assert (error.code, error.layer, error.message) == ("CS216", "linear1", "no H and W work")
    assert error.text.splitlines()[-3:] == [
        "    assumed: H in 2..6",
        "  fix: another assumption",
        "    or in_features: H*W (the last axis), or leave in_features out: it is read from the input",
    ]
