"""MultiheadAttention: shapes, weights and work against PyTorch and plain loops."""

from collections import Counter
from math import prod

import pytest

from cnnshape.layers.attention import MultiheadAttention
from cnnshape.layers.base import Windows
from cnnshape.symbolic import dim
from tests.layers.counted import dot, numbers, softmax, times_matrix
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    refusal,
    shape_of,
    specs,
    weights_of,
    work_of,
)


class Called:
    """PyTorch's module on one, two or three inputs, its first output."""

    def __init__(self, module):
        self.module = module

    def __call__(self, *inputs):
        return self.module(inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1])[0]

    def state_dict(self):
        return self.module.state_dict()


def drawn(draw):
    """Random arguments that fit, and inputs for them."""
    heads = draw.size(1, 3)
    embed, key, value = heads * draw.size(1, 4), draw.size(1, 6), draw.size(1, 6)
    count = draw.size(1, 3)
    if count == 1:
        key = value = embed
    elif count == 2:
        value = key
    if count == 3 and draw.one(True, False):
        key = value = embed
    given = {
        "embed_dim": embed,
        "num_heads": heads,
        "bias": draw.one(True, False),
        "add_bias_kv": draw.one(True, False),
        "add_zero_attn": draw.one(True, False),
        "kdim": key,
        "vdim": value,
        "batch_first": draw.one(True, False),
    }
    batch, queries, keys = draw.size(1, 3), draw.size(1, 5), draw.size(1, 5)
    rows = ((queries, embed), (keys, key), (keys, value))[:count]
    shapes = tuple((batch, n, size) if given["batch_first"] else (n, batch, size) for n, size in rows)
    return given, shapes


def test_as_pytorch(torch):
    for draw, _ in draws(120, seed=1):
        given, shapes = drawn(draw)
        with torch.device("meta"):
            module = Called(torch.nn.MultiheadAttention(**given))
        assert compare(torch, MultiheadAttention(**given), module, *shapes, fixed=())
        # what is not stated is read from the inputs
        stated = ("embed_dim", "kdim", "vdim")
        layer = MultiheadAttention(**{name: v for name, v in given.items() if name not in stated})
        assert compare(torch, layer, module, *shapes, fixed=(2,))


def test_work_as_pytorch_counts(torch):
    """PyTorch counts two operations a MAC, in the products that it really calls."""
    from torch.utils.flop_counter import FlopCounterMode

    for draw, _ in draws(25, seed=2):
        given, shapes = drawn(draw)
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            Called(torch.nn.MultiheadAttention(**given))(*(torch.empty(shape) for shape in shapes))
        assert 2 * work_of(MultiheadAttention(**given), *shapes)["macs"] == counter.get_total_flops(), (given, shapes)


def attend(query, keys, values, heads):
    """One position of the query against all keys: the products and the softmax of every head."""
    size = len(query) // heads
    query = [x * 0.5 for x in query]
    result = []
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        scores = softmax([dot(query[part], key[part]) for key in keys])
        result += [dot(scores, [value[j] for value in values]) for j in range(part.start, part.stop)]
    return result


@pytest.mark.parametrize("bias", [True, False])
def test_work_is_what_a_plain_loop_does(bias):
    images, queries, keys, embed, key_size, value_size, heads = 2, 3, 4, 6, 5, 7, 2
    tally = Counter()

    def project(vector):
        result = times_matrix(vector, embed)
        return [x + 0.1 for x in result] if bias else result

    for _ in range(images):
        k = [project(numbers(tally, key_size)) for _ in range(keys)]
        v = [project(numbers(tally, value_size)) for _ in range(keys)]
        for _ in range(queries):
            project(attend(project(numbers(tally, embed)), k, v, heads))
    layer = MultiheadAttention(num_heads=heads, bias=bias, batch_first=True)
    shapes = (images, queries, embed), (images, keys, key_size), (images, keys, value_size)
    assert work_of(layer, *shapes) == tally
    swapped = tuple((n, batch, size) for batch, n, size in shapes)
    assert work_of(MultiheadAttention(num_heads=heads, bias=bias), *swapped) == tally


def test_parameters_of_vit_base():
    """Dosovitskiy et al., ViT-B: 768 wide, 12 heads: 4*768*768 + 4*768 = 2362368 (torchvision's vit_b_16 agrees)."""
    shapes = weights_of(MultiheadAttention(num_heads=12, batch_first=True), ("N", 197, 768))
    assert sum(prod(shape) for shape in shapes.values()) == 2_362_368
    assert {s: str(n) for s, n in work_of(MultiheadAttention(num_heads=12), (197, "N", 768)).items()}["macs"] == str(
        dim("N") * (4 * 197 * 768 * 768 + 2 * 197 * 197 * 768)
    )


def test_symbols():
    layer = MultiheadAttention(num_heads=4, batch_first=True)
    assert shape_of(layer, ("N", "H*W", 64)) == ("N", "H*W", 64)
    assert conditions_of(layer, ("N", "H*W", 64)) == []
    assert conditions_of(layer, ("N", "T", "C")) == ["C % 4 == 0"]
    assert conditions_of(MultiheadAttention(8, num_heads=4), ("T", "N", "C"), ("S", "M", 8)) == ["C == 8", "N == M"]
    assert conditions_of(layer, ("N", "T", 4), ("N", "S", 5), ("N", "U", 6)) == ["S == U"]


def test_windows():
    x = specs(("N", "T", 8))
    assert MultiheadAttention(num_heads=1, batch_first=True).window(x) == Windows(whole=(1, 2))
    assert MultiheadAttention(num_heads=1).window(x) == Windows(whole=(0, 2))
    # a query does not see the other queries
    assert MultiheadAttention(num_heads=1, batch_first=True).window(x * 2) == Windows(whole=(1, 2), exact=False)


FAULTS = [
    (
        MultiheadAttention(num_heads=3, batch_first=True),
        [("N", "T", 8)],
        "CS204: num_heads = 3 does not divide embed_dim = 8",
        "rule: embed_dim % num_heads == 0",
        "fix: num_heads: 2, or embed_dim: 6",
    ),
    (
        MultiheadAttention(8, num_heads=2),
        [("T", "N", 12)],
        "CS202: embed_dim = 8, the input has 12",
        "rule: embed_dim equals the size of that axis of the input",
        "fix: embed_dim: 12, or leave embed_dim out: it is read from the input",
    ),
    (
        MultiheadAttention(num_heads=2, kdim=5),
        [("T", "N", 8), ("S", "N", 6)],
        "CS202: kdim = 5, the input has 6",
        "rule: kdim equals the size of that axis of the input",
        "fix: kdim: 6, or leave kdim out: it is read from the input",
    ),
    (
        MultiheadAttention(num_heads=2),
        [("T", 2, 8), ("T", 3, 8)],
        "CS201: batch: the query has 2, the key 3",
        "query (T, 2, 8), key (T, 3, 8)",
        "rule: all inputs have the same batch; key and value have the same length",
        "fix: give both 2 on axis 1",
    ),
    (
        MultiheadAttention(num_heads=2, batch_first=True),
        [("N", "T", 8), ("N", 4, 8), ("N", 5, 8)],
        "CS201: length: the key has 4, the value 5",
        "key (N, 4, 8), value (N, 5, 8)",
        "rule: all inputs have the same batch; key and value have the same length",
        "fix: give both 4 on axis 1",
    ),
    (
        MultiheadAttention(num_heads=2, batch_first=True),
        [("N", 64, "H", "W")],
        "CS206: MultiheadAttention needs three axes (batch, positions, features), the input (N, 64, H, W) has 4",
        "rule: with batch_first: true the axes are (batch, positions, features)",
        "fix: flatten(start_dim=2), permute to (N, H*W, C), batch_first: true; the input is then (N, H*W, 64)",
    ),
    (
        MultiheadAttention(num_heads=2),
        [("N", 64)],
        "CS206: MultiheadAttention needs three axes (positions, batch, features), the input (N, 64) has 2",
        "rule: with batch_first: false the axes are (positions, batch, features)",
        "fix: an input of three axes",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "lines"), [(layer, inputs, lines) for layer, inputs, *lines in FAULTS])
def test_fault(layer, inputs, lines):
    assert fault_of(layer, *inputs) == "\n  ".join(lines)


def test_the_fixes_work():
    assert shape_of(MultiheadAttention(num_heads=2, batch_first=True), ("N", "H*W", 64)) == ("N", "H*W", 64)
    assert shape_of(MultiheadAttention(num_heads=3), ("T", "N", 6)) == ("T", "N", 6)


def test_refused_arguments():
    assert refusal(lambda: MultiheadAttention(512, 8)).splitlines()[0] == (
        f"CS403: MultiheadAttention takes one positional argument, embed_dim; PyTorch's {MultiheadAttention.pytorch}"
    )
