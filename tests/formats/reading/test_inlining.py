"""Functions, branches and loops of ONNX, put in the place of their operators: as ONNX Runtime runs them."""

import time
from itertools import pairwise

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import inliner, parser  # noqa: E402  # after the check that it is there

from cnnshape.errors import DesignError  # noqa: E402
from cnnshape.formats.onnx.reader import model_of, parse  # noqa: E402
from cnnshape.formats.reading.foreign import read  # noqa: E402
from cnnshape.formats.reading.frames import MOST_DEPTH, MOST_RECORDS  # noqa: E402
from cnnshape.graph.propagate import propagate  # noqa: E402
from cnnshape.runtime.execute import execute  # noqa: E402
from cnnshape.runtime.plan import plan  # noqa: E402

HEAD = '<ir_version: 8, opset_import: ["" : 17, "local" : 1]>\n'
NUMBERS = np.random.default_rng(11)


def built(text):
    return parser.parse_model(HEAD + text)


def ours(found, x):
    sizes = {}
    for size, given in zip(found.network.inputs[0].layer.shape, x.shape, strict=True):
        if not isinstance(size, int):
            sizes[str(size)] = given
    ready = plan(found.network, sizes)
    weights = {name: load() for name, load in found.weights.items()}
    return list(execute(ready, {"x": x}, weights).values())


def theirs(model, x):
    runtime = pytest.importorskip("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    session = runtime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return session.run(None, {"x": x})


def check(text, *shapes):
    """Compare what a model that is read once gives at several sizes with what ONNX Runtime gives."""
    model = built(text)
    found = read(model_of(parse(model.SerializeToString())))
    for shape in shapes:
        x = NUMBERS.standard_normal(shape).astype(np.float32)
        for here, there in zip(ours(found, x), theirs(model, x), strict=True):
            assert here.dtype == there.dtype
            np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-5)
    return found.network


# Functions

FUNCTIONS = """
g (float[N,2,H,W] x) => (float[A,B,C,D] y, float[A,B,C,D] z)
  <float[2,2,1,1] w = {1., -2., 0.5, 3.}, float[2] b = {0.25, -1.}> {
  first = local.block <stride = 2> (x, w, b)
  y = local.block <slope = 0.5> (first, w)
  z = local.twice (first)
}
<domain: "local", opset_import: ["" : 13, "local" : 1]>
block <stride, slope: float = 0.1> (x, w, b) => (y) {
  k = Constant <value_int: int = @stride> ()
  c = Conv (x, w, b)
  a = local.act <slope: float = @slope> (c)
  s = Shape (a)
  kind = Constant <value_float: float = @slope> ()
  y = Mul (a, kind)
}
<domain: "local", opset_import: ["" : 11]>
act <slope> (x) => (y) { y = LeakyRelu <alpha: float = @slope> (x) }
<domain: "local", opset_import: ["" : 13, "local" : 1]>
twice (x) => (y) {
  two = Constant <value = float {2.0}> ()
  y = Mul (x, two)
}
"""


def test_functions_with_attributes_defaults_and_calls_of_others():
    text = FUNCTIONS.replace("<slope = 0.5> (first, w)", "<stride = 3, slope = 0.5> (first, w)")
    network = check(text, (1, 2, 3, 4), (2, 2, 5, 1))
    convs = [node for node in network.nodes if type(node.layer).__name__ == "Conv"]
    assert [conv.scope for conv in convs] == ["first", "y"]
    assert [conv.layer.bias for conv in convs] == [True, False], "an input that is left out"
    names = {node.name for node in network.nodes}
    assert {"first.a", "y.a", "z"} >= {"first.a"} <= names, "a function of one operator bears the name of its call"


def test_the_same_as_the_inliner_of_onnx_gives():
    text = FUNCTIONS.replace("<slope = 0.5> (first, w)", "<stride = 3, slope = 0.5> (first, w)")
    text = text.replace("<stride = 2>", "<stride = 2, slope = 0.1>")  # onnx's inliner leaves defaults out
    model = built(text.replace('"" : 13', '"" : 17').replace('"" : 11', '"" : 17'))
    inlined = inliner.inline_local_functions(model)
    assert not inlined.functions
    here, there = (read(model_of(each)).network for each in (model, inlined))
    assert [node.layer for node in here.nodes] == [node.layer for node in there.nodes]
    found = [{name: str(propagate(each).specs[each.outputs[name]]) for name in ("y", "z")} for each in (here, there)]
    assert found[0] == found[1]


def test_weights_of_a_function_that_is_called_twice_are_shared():
    text = """
g (float[N,2,H,W] x) => (float[A,B,C,D] y) { a = local.f (x)  y = local.f (a) }
<domain: "local", opset_import: ["" : 17]>
f (x) => (y) { w = Constant <value = float[2,2,1,1] {1., 2., 3., 4.}> ()  c = Conv (x, w)  y = Relu (c) }
"""
    network = check(text, (1, 2, 2, 3))
    first, second = (node for node in network.nodes if type(node.layer).__name__ == "Conv")
    assert (first.weights_of, second.weights_of) == ("", first.name)


def test_tensors_of_a_function_do_not_meet_those_around_it():
    """All names are those of the call, in other roles."""
    text = """
g (float[N,3] x) => (float[N,3] y, float[N,3] a) { a = Neg (x)  b = Abs (a)  y = local.f (b, a) }
<domain: "local", opset_import: ["" : 17]>
f (a, x) => (y) { b = Sub (a, x)  c = Exp (b)  y = Add (c, a) }
"""
    check(text, (2, 3))


def test_a_function_does_not_see_the_tensors_around_it():
    text = """
g (float[N,3] x) => (float[N,3] y) { a = Neg (x)  y = local.f (x) }
<domain: "local", opset_import: ["" : 17]>
f (b) => (y) { y = Add (a, b) }
"""
    with pytest.raises(DesignError) as raised:
        read(model_of(built(text)))
    assert raised.value.fault.code == "CS128"


def test_a_branch_in_a_function_takes_its_attributes():
    text = """
g (float[N,3] x) => (float[A,B] y) { y = local.f <axis = 1> (x) }
<domain: "local", opset_import: ["" : 17]>
f <axis> (x) => (y) {
  t = Constant <value = bool {1}> ()
  y = If (t) <
    then_branch = a () => (p) { p = ReduceSum <keepdims: int = @axis> (x) },
    else_branch = b () => (q) { q = Identity (x) }>
}
"""
    network = read(model_of(built(text))).network
    assert propagate(network).specs[network.outputs["y"]].shape == (1, 1)


@pytest.mark.parametrize(
    ("calls", "words"),
    [("y = local.f (x)", "calls itself"), ("a = local.g (x) y = Relu (a)", "calls itself")],
    ids=["itself", "another"],
)
def test_functions_in_a_circle(calls, words):
    text = f"""
m (float[N,3] x) => (float[N,3] y) {{ y = local.f (x) }}
<domain: "local", opset_import: ["" : 17, "local" : 1]>
f (x) => (y) {{ {calls} }}
<domain: "local", opset_import: ["" : 17, "local" : 1]>
g (x) => (y) {{ y = local.f (x) }}
"""
    with pytest.raises(DesignError, match=words):
        read(model_of(built(text)))


def tower(height, width):
    """Functions of which each calls the next one several times."""
    levels = []
    for level in range(height):
        names = ["x", *(f"v{i}" for i in range(width - 1)), "y"]
        below = f"local.f{level + 1}" if level + 1 < height else "Relu"
        calls = "  ".join(f"{b} = {below} ({a})" for a, b in pairwise(names))
        levels.append(f'<domain: "local", opset_import: ["" : 17, "local" : 1]>\nf{level} (x) => (y) {{ {calls} }}\n')
    return built("m (float[N,3] x) => (float[N,3] y) { y = local.f0 (x) }\n" + "".join(levels))


@pytest.mark.parametrize(("height", "width", "why"), [
    (60, 2, f"more than {MOST_RECORDS} operators"),
    (8, 400, f"more than {MOST_RECORDS} operators"),
    (MOST_DEPTH + 5, 1, f"{MOST_DEPTH} deep"),
])  # fmt: skip
def test_functions_that_come_to_more_than_anybody_draws(height, width, why, monkeypatch):
    monkeypatch.setattr("cnnshape.formats.reading.frames.MOST_RECORDS", 5000)
    start = time.perf_counter()
    with pytest.raises(DesignError) as raised:
        read(model_of(tower(height, width)))
    assert why.replace(str(MOST_RECORDS), "5000") in str(raised.value)
    assert time.perf_counter() - start < 10


def test_functions_in_functions():
    assert len(read(model_of(tower(20, 1))).network.nodes) == 2
    assert len(read(model_of(tower(6, 3))).network.nodes) == 1 + 3**6


# Branches

SQUEEZED = """
g (float[N,C,1,W] x) => (float[A,B,D] y) <int64 axis = {AXIS}, int64 one = {1}, int64[1] axes = {2}> {
  s = Shape (x)
  n = Gather (s, axis)
  single = Equal (n, one)
  y = If (single) <
    then_branch = a () => (float[A,B,D] p) { p = Squeeze (x, axes) },
    else_branch = b () => (float[A,B,D,E] q) { q = Identity (x) }>
}
"""


def test_a_branch_that_sizes_decide():
    """What exporters write for `squeeze`; the branches have other numbers of axes."""
    network = check(SQUEEZED.replace("AXIS", "2"), (2, 3, 1, 4), (1, 1, 1, 1))
    assert [type(node.layer).__name__ for node in network.nodes] == ["Input", "Squeeze"]


def test_a_branch_that_nothing_decides_is_refused():
    with pytest.raises(DesignError) as raised:
        read(model_of(built(SQUEEZED.replace("AXIS", "3"))))
    assert "its condition is not known before a run" in raised.value.fault.message


def test_an_undecided_branch_is_a_layer_that_takes_what_its_bodies_take():
    text = """
g (float[N,4] x) => (float[N,4] y) <float[4] w = {1., 2., 3., 4.}, float zero = {0.}> {
  a = Neg (x)
  s = ReduceSum <keepdims = 0> (x)
  t = Greater (s, zero)
  b = If (t) <
    then_branch = b1 () => (float[N,4] p) { p = Mul (a, w) },
    else_branch = b2 () => (float[N,4] p) { q = Relu (x)  p = Neg (q) }>
  y = Relu (b)
}
"""
    model = built(text)
    with pytest.raises(DesignError, match="its condition is not known before a run"):
        read(model_of(model))
    network = read(model_of(model), unknown=True).network
    node = network["b"]
    assert type(node.layer).__name__ == "Unknown"
    assert node.inputs == ("a", "w", "x", "t")
    assert "condition" in node.layer.why
    assert not network.held


def test_branches_in_branches_see_what_stands_around_them():
    text = """
g (float[N,4] x) => (float[N,4] y, float[N,4] z) <bool t = {1}, bool f = {0}, float[4] w = {1., 2., 3., 4.}> {
  a = Add (x, w)
  y, z = If (t) <
    then_branch = b1 () => (float[N,4] p, float[N,4] q) {
      b = Mul (a, w)
      p = If (f) <
        then_branch = c1 () => (float[N,4] r) { r = Neg (x) },
        else_branch = c2 () => (float[N,4] r) { c = Sub (b, a)  r = Div (c, w) }>
      q = Identity (a)
    },
    else_branch = b2 () => (float[N,4] p, float[N,4] q) { p = Neg (x)  q = Neg (a) }>
}
"""
    check(text, (2, 4), (1, 4))


# Loops

LOOP = """
g (float[N,2,H,W] x) => (float[A,B,C,D] y, float[R,A,B,C,D] rows)
  <int64 n = {3}, bool t = {1}, float[2,2,2,2] w = {1.,2.,3.,4.,5.,6.,7.,8.,-1.,-2.,-3.,-4.,-5.,-6.,-7.,-8.}> {
  y, rows = Loop (COUNT, CONDITION, x) <body = b (int64 i, bool c, float[A,B,C,D] z) =>
      (bool more, float[A,B,C,D] next, float[A,B,C,D] mean) {
    MORE
    next = Conv (z, w)
    k = Cast <to = 1> (i)
    pooled = GlobalAveragePool (next)
    mean = Add (pooled, k)
  }>
}
"""
LOOPS = {
    "count": ("n", "", "more = Identity (c)"),
    "count and true": ("n", "t", "more = Identity (c)"),
    "until": ("", "t", "two = Constant <value_int = 2> () more = Less (i, two)"),
    "whichever is first": ("n", "t", "one = Constant <value_int = 1> () more = Less (i, one)"),
}


@pytest.mark.parametrize("case", LOOPS.values(), ids=LOOPS)
def test_a_loop_is_as_many_layers_as_it_makes_rounds(case):
    count, condition, more = case
    text = LOOP.replace("COUNT", count or '""').replace("CONDITION", condition or '""').replace("MORE", more)
    text = text.replace('""', "")
    network = check(text, (1, 2, 7, 6), (2, 2, 4, 5))
    convs = [node for node in network.nodes if type(node.layer).__name__ == "Conv"]
    rounds = 2 if case[0] == "n" and "one" in more else 3
    assert len(convs) == rounds
    assert [conv.weights_of for conv in convs] == ["", *[convs[0].name] * (rounds - 1)]
    assert len({conv.scope for conv in convs}) == rounds


def test_a_loop_as_long_as_an_axis():
    text = """
g (float[N,3,W] x) => (float[N,3,W] y) <int64 place = {1}> {
  s = Shape (x)
  n = Gather (s, place)
  y = Loop (n, , x) <body = b (int64 i, bool c, float[A,B,D] z) => (bool d, float[A,B,D] r) {
    d = Identity (c)  k = Cast <to = 1> (i)  r = Add (z, k) }>
}
"""
    check(text, (1, 3, 2), (4, 3, 5))


def test_a_loop_of_no_rounds_gives_what_it_began_with():
    text = LOOP.replace("n = {3}", "n = {0}").replace("float[R,A,B,C,D] rows)", "float[A,B,C,D] u)")
    text = (
        text.replace("y, rows", "y, unread").replace("COUNT, CONDITION", "n, t").replace("MORE", "more = Identity(c)")
    )
    text = text.replace("  }>\n}", "  }>\n  u = Relu (y)\n}")
    check(text, (1, 2, 3, 3))


HOSTILE = {
    "2**62 rounds": ("{4611686018427387904}", "d = Identity (c)", "more than"),
    "2**62 rounds of nothing": ("{4611686018427387904}", "", "more than"),
    "a condition that is fed": ("{5}", "q = ReduceMax <keepdims = 0> (z)  d = Cast <to = 9> (q)", "whether it goes on"),
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_loops_that_are_refused(case):
    count, made, words = case
    asked = "t" if "whether" in words else ""
    outputs = "bool d, float[N,3] z" if made else "bool c, float[N,3] z"
    text = f"""
g (float[N,3] x) => (float[N,3] y) <int64 n = {count}, bool t = {{1}}> {{
  y = Loop (n, {asked}, x) <body = b (int64 i, bool c, float[N,3] z) => ({outputs}) {{ {made} }}>
}}
"""
    start = time.perf_counter()
    with pytest.raises(DesignError, match=words):
        read(model_of(built(text)))
    assert time.perf_counter() - start < 1


def test_an_endless_loop_is_stopped(monkeypatch):
    monkeypatch.setattr("cnnshape.formats.reading.frames.MOST_RECORDS", 2000)
    text = """
g (float[N,3] x) => (float[N,3] y) <bool t = {1}> {
  y = Loop (, t, x) <body = b (int64 i, bool c, float[N,3] z) => (bool d, float[N,3] r) {
    d = Identity (c)  r = Relu (z) }>
}
"""
    with pytest.raises(DesignError, match="more than 2000 operators"):
        read(model_of(built(text)))


def test_what_a_scan_goes_along():
    text = """
g (float[N,3,4] x) => (float[A,B] last, float[C,D,E] sums) <float[4] zero = {0., 0., 0., 0.}> {
  n = Shape <start = 0, end = 1> (x)
  four = Constant <value_ints = [4]> ()
  shape = Concat <axis = 0> (n, four)
  begin = Expand (zero, shape)
  last, sums = Scan <num_scan_inputs = 1, scan_input_axes = [1], scan_input_directions = [1], scan_output_axes = [1],
    scan_output_directions = [DIRECTION], body = b (float[A,B] s, float[A,B] e) => (float[A,B] s2, float[A,B] o) {
      s2 = Add (s, e)  o = Neg (s2) }> (begin, x)
}
"""
    for direction in "01":
        check(text.replace("DIRECTION", direction), (1, 3, 4), (2, 3, 4))
