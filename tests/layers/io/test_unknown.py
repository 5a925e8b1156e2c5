"""What is said of an operator that no layer stands for, and what is not."""

import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.counts import counts
from cnnshape.analysis.memory import memory
from cnnshape.analysis.receptive_field import receptive_fields
from cnnshape.analysis.report import facts
from cnnshape.errors import ArgumentError
from cnnshape.graph.propagate import propagate
from cnnshape.layers.base import UNKNOWN, Context
from cnnshape.symbolic import fresh

WARP = L.Unknown("com.acme.Warp", shapes=(("N", 8, "H", "W"),))


def test_nothing_is_said_but_what_is_stated():
    (y,) = WARP.outputs((), Context())
    assert str(y) == "(N, 8, H, W)"
    assert WARP.window(()) is UNKNOWN
    assert WARP.work((), ()).known is False
    assert WARP.weights(()) == {}
    assert (WARP.op, WARP.label(), WARP.reason()) == ("com.acme.Warp", "Warp", "no layer stands for it")


@pytest.mark.parametrize(
    "given",
    [
        {"shapes": ((0, 3),)},
        {"shapes": (3, 4)},
        {"shapes": ()},
        {"shapes": ((3,),), "dtypes": "float31"},
        {"shapes": ((3,),), "dtypes": ("float32", "int64")},
    ],
    ids=str,
)
def test_what_is_no_list_of_tensors_is_refused(given):
    with pytest.raises(ArgumentError) as error:
        L.Unknown("Warp", **given)
    assert error.value.fault.code == "CS401"
    assert error.value.fault.fix


def network(layer):
    x = Input("x", (3, "H", "W"))
    a = L.Conv(8, kernel_size=3, padding=1)(x, name="a")
    return Network("net", inputs=x, outputs=L.Conv(4, kernel_size=1)(layer(a, name="warp"), name="b"))


def test_exactly_what_depends_on_it_is_unknown():
    found = propagate(network(WARP))
    made = counts(found)
    assert made.macs["warp"] is None
    assert made.macs.unknown == ("warp",)
    assert made.params.total == 3 * 9 * 8 + 8 + 8 * 4 + 4
    assert made.params.complete
    assert made.unknown == (), "it is no fault"
    assert memory(made).activations.complete
    fields = receptive_fields(found)
    assert [fields.of(name).status for name in ("a", "warp", "b")] == ["exact", "unknown", "unknown"]


@pytest.mark.parametrize("convention", ["torchvision", "fvcore", "timm", "thop", "ptflops", "keras"])
def test_every_convention_leaves_it_out_and_says_so(convention):
    found = facts(network(WARP), convention=convention)
    why = "com.acme.Warp: no layer stands for it; its operations are unknown"
    assert ("warp", why) in [(row.layer, row.why) for row in found.incomplete]
    assert found.tally.macs["warp"] is None


def test_weights_that_nobody_stated_make_the_parameters_incomplete():
    found = facts(network(L.Unknown("Mine", shapes=(("N", 8, "H", "W"),), weighted=True)))
    assert found.counts.params.unknown == ("warp",)
    assert found.memory.weights.unknown == ("warp",)
    assert {row.name: row.params for row in found.layers} == {"a": 224, "warp": None, "b": 36}
    assert found.incomplete[0].why.endswith("its operations and parameters are unknown")
    assert found.at(H=8, W=8).counts.params.unknown == ("warp",)


def test_a_layer_that_no_output_needs_does_no_work():
    x = Input("x", (3, "H", "W"))
    held = WARP(x, name="warp")
    net = Network("net", inputs=x, outputs=L.ReLU()(x), held=held)
    assert facts(net).complete
    assert facts(net).macs == 0


def test_sizes_that_nobody_states_are_no_symbols_of_the_network():
    size = fresh("warp")
    net = network(L.Unknown("Warp", shapes=(("N", 8, size, "W"),)))
    assert net.symbols == ("N", "H", "W")
    assert net.undetermined == (str(size),)
    found = facts(net).at(H=8, W=9)
    assert found.totals.params == 260
    assert str(found.totals.macs) == f"{4 * 8 * 9}*{size} + {8 * 3 * 9 * 72}"
