"""What an exporter adds to a network stands in the row that it belongs to; what it means stays."""

import pytest

from cnnshape import Constant, Input, Network, Parameter
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.graph.fold import fold
from cnnshape.graph.propagate import propagate
from cnnshape.render.diagram import diagram


def rows(network, quiet=True):
    found = propagate(network)
    return [
        [type(found.network.nodes[i].layer).__name__ for i in row.nodes] for row in fold(found, "layer", quiet=quiet)
    ]


def exported():
    """Return Linear with a bias of its own, GELU as its formula, a scale, a cast, a skip, and an empty padding."""
    x = Input("tokens", (49, 96))
    y = L.Add()(L.Linear(384, bias=False)(x), Parameter("bias", (384,)))
    curve = L.Add()(L.Erf()(L.Divide()(y, Constant("root", (1,)))), Constant("one", (1,)))
    y = L.Multiply()(L.Multiply()(y, curve), Constant("half", (1,)))
    y = L.Multiply()(L.Linear(96, bias=False)(y), Parameter("scale", (96,)))
    y = L.Cast("float32")(y)
    return Network("mlp", inputs=x, outputs=L.Add()(x, y))


def test_constants_biases_scales_and_casts_are_no_rows():
    found = rows(exported())
    assert [row[0] if row[0] != "Parameter" else row[1] for row in found] == ["Linear", "Linear", "Add"]


def test_words_of_the_rows():
    cards = diagram(facts(exported()), "layer").cards
    assert [(card.op, card.extra) for card in cards if card.sort == "row"] == [
        ("Linear 384", "GELU"),
        ("Linear 96", ""),
        ("Add", ""),
    ]


def test_no_count_changes():
    cards = diagram(facts(exported()), "layer").cards
    # two matrices, a bias of 384, a scale of 96
    assert sum(card.params for card in cards) == 2 * 96 * 384 + 384 + 96


def test_nodes_are_kept_once_and_in_order():
    network = exported()
    found = propagate(network)
    order = [i for row in fold(found, "layer", quiet=True) for i in row.nodes]
    assert sorted(order) == [i for i, node in enumerate(found.network.nodes) if not isinstance(node.layer, L.Input)]
    place = {i: k for k, i in enumerate(order)}
    for i in order:
        sources = [found.network.producers[tensor] for tensor in found.network.nodes[i].inputs]
        assert all(place.get(source, -1) < place[i] for source in sources)


def test_a_token_that_is_joined_to_a_map_is_shown():
    x = Input("patches", (49, 96))
    y = L.Concat(dim=1)(L.Expand(("N", 1, 96))(Parameter("token", (1, 1, 96))), x)
    assert ["Parameter"] in rows(Network("tokens", inputs=x, outputs=y))


@pytest.mark.parametrize(("padding", "kept"), [(0, 2), (1, 3)])
def test_padding_by_nothing_is_no_row(padding, kept):
    x = Input("image", (3, 32, 32))
    y = L.Conv(8, kernel_size=3)(L.Pad(padding)(L.Conv(8, kernel_size=3)(x)))
    assert len(rows(Network("tiny", inputs=x, outputs=y))) == kept


def test_a_cast_of_an_input_stands_with_what_reads_it():
    x = Input("image", (3, 32, 32))
    y = L.Conv(8, kernel_size=3)(L.Cast("float32")(L.Cast("float32")(x)))
    (row,) = rows(Network("tiny", inputs=x, outputs=y))
    assert row == ["Cast", "Cast", "Conv"]
