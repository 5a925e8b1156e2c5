"""Bodies of functions, branches and loops that break ONNX's rules: an answer, and no endless walk."""

import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, parser  # noqa: E402  # after the check that it is there

from cnnshape.errors import CnnshapeError  # noqa: E402
from cnnshape.formats.onnx.reader import model_of, parse  # noqa: E402
from cnnshape.formats.reading.foreign import read  # noqa: E402

HEAD = '<ir_version: 8, opset_import: ["" : 17, "local" : 1]>\n'


def graph_in(depth):
    """Branches in branches, made without the text form."""
    inner = helper.make_graph([helper.make_node("Relu", ["x"], ["o"])], "b", [], [empty("o")])
    for _ in range(depth):
        node = helper.make_node("If", ["t"], ["o"], then_branch=inner, else_branch=inner)
        inner = helper.make_graph([node], "b", [], [empty("o")])
    inner.node[0].output[0] = "y"
    inner.output[0].name = "y"
    inner.input.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N"]))
    inner.initializer.append(helper.make_tensor("t", TensorProto.BOOL, [], [True]))
    return helper.make_model(inner, opset_imports=[helper.make_opsetid("", 17)])


def empty(name):
    return helper.make_empty_tensor_value_info(name)


def test_deep_branches():
    assert [node.name for node in read(model_of(graph_in(8))).network.nodes][1:] == ["y"]
    with pytest.raises(CnnshapeError):
        read(model_of(parse(chain(2000))))


def chain(depth):
    """The bytes of branches in branches, as deep as nobody writes them; the sizes of protobuf's messages nest."""

    def field(number, body):
        out, length = bytearray([number << 3 | 2]), len(body)
        while length > 127:
            out.append(length & 127 | 128)
            length >>= 7
        return bytes(out) + bytes([length]) + body

    body = b""
    for _ in range(depth):
        attribute = field(1, b"then_branch") + field(6, body)  # AttributeProto.name, g
        body = field(1, field(4, b"If") + field(5, attribute))  # GraphProto.node: op_type, attribute
    return field(7, body)


SCAN = "body = b (float[3] e) => (float[3] o) { o = Neg (e) }> (x)"
BROKEN = {
    "no branch": "y = If (t) <else_branch = a () => (float[N,3] p) { p = Relu (x) }>",
    "a branch of two outputs": (
        "y = If (t) <then_branch = a () => (float[N,3] p, float[N,3] q) { p = Relu (x) q = Neg (x) }, "
        "else_branch = b () => (float[N,3] p) { p = Relu (x) }>"
    ),
    "a branch that is a number": "y = If (t) <then_branch = 3, else_branch = 4>",
    "a condition of several": (
        "c = Constant <value = bool[2] {1, 0}> () y = If (c) <then_branch = a () => (float[N,3] p) { p = Relu (x) }, "
        "else_branch = b () => (float[N,3] p) { p = Relu (x) }>"
    ),
    "a tensor given twice": (
        "y = If (t) <then_branch = a () => (float[N,3] p) { p = Relu (x) p = Neg (x) }, "
        "else_branch = b () => (float[N,3] p) { p = Relu (x) }>"
    ),
    "a tensor that nothing gives": (
        "y = If (t) <then_branch = a () => (float[N,3] p) { p = Relu (nobody) }, "
        "else_branch = b () => (float[N,3] p) { p = Relu (x) }>"
    ),
    "an output that nothing gives": (
        "y = If (t) <then_branch = a () => (float[N,3] nobody) { p = Relu (x) }, "
        "else_branch = b () => (float[N,3] p) { p = Relu (x) }>"
    ),
    "a tensor from inside of a branch": (
        "z = If (t) <then_branch = a () => (float[N,3] p) { q = Relu (x) p = Neg (q) }, "
        "else_branch = b () => (float[N,3] p) { p = Relu (x) }> y = Relu (q)"
    ),
    "a body of other inputs": (
        "y = Loop (n, t, x) <body = b (int64 i, bool c) => (bool c, float[N,3] r) { r = Relu (x) }>"
    ),
    "a body without outputs": "y = Loop (n, t, x) <body = b (int64 i, bool c, float[N,3] z) => () { r = Relu (z) }>",
    "a negative count of a scan": (f"y = Scan <num_scan_inputs = -1, {SCAN}"),
    "an axis that is not there": (f"y = Scan <num_scan_inputs = 1, scan_input_axes = [7], {SCAN}"),
    "a count that is text": f'y = Scan <num_scan_inputs = "two", {SCAN}',
    "more outputs than the function has": "y, z = local.f (x)",
    "more inputs than the function takes": "y = local.f (x, x)",
}


@pytest.mark.parametrize("nodes", BROKEN.values(), ids=BROKEN)
def test_bodies_that_do_not_fit(nodes):
    text = f"""
g (float[N,3] x) => (float[N,3] y) <bool t = {{1}}, int64 n = {{2}}> {{ {nodes} }}
<domain: "local", opset_import: ["" : 17]>
f (x) => (y) {{ y = Relu (x) }}
"""
    with pytest.raises(CnnshapeError) as raised:
        read(model_of(parser.parse_model(HEAD + text)))
    assert raised.value.fault.code in ("CS127", "CS128")
