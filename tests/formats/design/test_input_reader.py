"""Inputs: the batch, symbols, types, and the shape that is mistaken for another."""

import pytest

from cnnshape.errors import DesignError
from cnnshape.formats.design_file import load_design
from cnnshape.graph.propagate import propagate


def network(top, layers="[relu]"):
    return load_design(f"{top}\nlayers: {layers}\n")


def shape(top):
    return tuple(str(size) for size in network(top).nodes[0].layer.shape)


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("input: [3, H, W]", ("N", "3", "H", "W")),
        ("input: [N, 3, H, W]", ("N", "3", "H", "W")),
        ("input: [N]", ("N",)),
        ("input: []", ("N",)),
        ("input: [T]", ("N", "T")),
        ("input: [3, 32*h, 2*w + 1]", ("N", "3", "32*h", "2*w + 1")),
        ("input: [3, ceil(H/2), \"max(4, 2)\"]", ("N", "3", "ceil(H/2)", "4")),
        ("inputs: {a: {shape: [N, N, 3], batch: false}}", ("N", "N", "3")),
        ("inputs: {a: {shape: [B, 3, H], batch: false}}", ("B", "3", "H")),
        ("inputs: {a: {shape: [1, 3, 8, 8], batch: false}}", ("1", "3", "8", "8")),
        ("inputs: {a: {shape: [], batch: false}}", ()),
    ],
)  # fmt: skip
def test_the_batch_is_put_in_front_where_it_is_missing(top, expected):
    assert shape(top) == expected


def test_symbols_are_declared_by_inputs_and_may_have_defaults():
    found = network("symbols: {H: 32, W: , w: 8}\ninput: [3, H, V]", "[{linear: 2*w*V}]")
    assert dict(found.defaults) == {"H": 32, "w": 8}
    assert found.symbols == ("N", "H", "V", "w")
    assert str(found.nodes[1].layer.out_features) == "2*V*w"
    assert network("symbols:\ninput: [3, H, W]").defaults == {}


def test_types():
    found = network("inputs: {tokens: {shape: [T], dtype: int64}, image: {shape: [3, H, W]}}", "[]\noutputs: [tokens]")
    assert [node.layer.dtype for node in found.nodes] == ["int64", "float32"]
    assert network("input: {shape: [T], dtype: bool}").nodes[0].layer.dtype == "bool"


@pytest.mark.parametrize(
    ("sizes", "other"),
    [("[3, N, N]", "[3, H, H]"), ("[N, 3, H, N]", "[3, H, W]"), ("[2*N, 3]", "[2*H, 3]"), ("[N, N, 3]", "[H, 3]")],
)
def test_the_batch_is_no_other_size_because_counts_are_for_one_image(sizes, other):
    with pytest.raises(DesignError) as caught:
        network(f"input: {sizes}")
    assert caught.value.code == "CS401"
    assert caught.value.fault.place == "<text>:1:8"
    assert caught.value.fault.fix == f"another symbol: {other}"
    network(f"input: {other}")


@pytest.mark.parametrize("word", ["None", "none", "?", "null", "~"])
def test_a_size_that_another_program_did_not_know_is_no_symbol(word):
    with pytest.raises(DesignError) as caught:
        network(f"input: [3, '{word}', W]" if word == "?" else f"input: [3, {word}, W]")
    assert caught.value.fault.fix == "write a symbol such as H where the size is free"


FOUR = [
    ("[1, 3, 224, 224]", "read as 3-D data (1 channel, 3x224x224); write [3, 224, 224] if 1 is the batch"),
    ("[3, 16, 112, 112]", "read as 3-D data (3 channels, 16x112x112); write [16, 112, 112] if 3 is the batch"),
    ("[B, 3, H, W]", "read as 3-D data (B channels, 3xHxW); write [3, H, W] if B is the batch"),
]


@pytest.mark.parametrize(("sizes", "note"), FOUR)
def test_four_sizes_without_n_are_noted(sizes, note):
    assert network(f"input: {sizes}").notes == (note,)
    assert network(f"inputs: {{clip: {sizes}}}").notes == (f"clip: {note}",)


@pytest.mark.parametrize("sizes", ["[3, H, W]", "[N, 3, H, W]", "[N, 3, T, H, W]", "[C, T]", "[2, 3, T, H, W]"])
def test_other_shapes_are_not(sizes):
    assert network(f"input: {sizes}").notes == ()


def test_a_layer_of_stated_rank_makes_it_an_error():
    def faults(layer):
        top, layers = "input: [1, 3, 224, 224]", f"[{{{layer}: {{out_channels: 8, kernel_size: 3}}}}]"
        return [error for _, error in propagate(network(top, layers)).faults]

    assert faults("conv") == []
    (error,) = faults("conv2d")
    assert error.code == "CS206"
    assert "[3, H, W], not [1, 3, H, W]" in error.fault.fix
    assert error.fault.place == "<text>:2:10"


@pytest.mark.parametrize("name", ["previous", "last", "", " ", "\\x07"])
def test_names_that_no_input_can_have(name):
    with pytest.raises(DesignError) as caught:
        network(f'inputs: {{"{name}": [3]}}')
    assert caught.value.code == "CS115"


@pytest.mark.parametrize("rest", ["batch: 1", "dtype: 3", "dtype: [int64]", "scope: ", "depth: 3", "shape: 3"])
def test_words_of_an_input_that_are_none(rest):
    with pytest.raises(DesignError):
        network(f"inputs: {{a: {{{'' if 'shape' in rest else 'shape: [3], '}{rest}}}}}")


def test_no_input_at_all_is_possible():
    found = network("inputs: {}", "[{parameter: [1, 3]}, relu]")
    assert [node.name for node in found.nodes] == ["parameter1", "relu1"]
    with pytest.raises(DesignError) as caught:
        network("inputs: {}")
    assert caught.value.code == "CS116"
