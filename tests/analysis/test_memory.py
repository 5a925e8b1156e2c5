"""Bytes and peaks against PyTorch, and against a memory that is filled and emptied step by step."""

import random
from collections import Counter
from math import prod

import pytest

import cnnshape.layers as L
from cnnshape import Input, Network, block
from cnnshape.analysis.counts import counts
from cnnshape.analysis.memory import BITS, memory, tensor_bytes
from cnnshape.errors import UsageError
from cnnshape.graph.propagate import propagate
from cnnshape.layers.fields import DTYPES
from cnnshape.symbolic import dim, evaluate, symbols
from tests.analysis import networks

H, W = dim("H"), dim("W")


def of(network, dtype="float32", sizes=None):
    return memory(counts(propagate(network, sizes or {})), dtype)


def small():
    x = Input("x", (3, "H", "W"))
    with block("stem"):
        y = L.Conv(5, kernel_size=1)(x)
    return Network("small", inputs=x, outputs=L.Linear(7, bias=False)(L.Flatten()(L.AdaptiveAvgPool(1)(y))))


def test_every_element_type_of_a_layer_has_a_size():
    assert set(BITS) == set(DTYPES)


@pytest.mark.parametrize(
    ("dtype", "weights", "activations"),
    [  # weights 15, 5 and 35 elements; activations 5*H*W, 5 and 7, the flattened view apart
        ("float64", 8 * 55, 40 * H * W + 96),
        ("float32", 4 * 55, 20 * H * W + 48),
        ("bfloat16", 2 * 55, 10 * H * W + 24),
        ("float8", 55, 5 * H * W + 12),
        ("int4", 8 + 3 + 18, (5 * H * W + 1) // 2 + 3 + 4),
    ],
)
def test_bytes_by_element_type(dtype, weights, activations):
    found = of(small(), dtype)
    assert (found.weights.total, found.activations.total) == (weights, activations)


def test_two_4_bit_elements_share_a_byte_and_a_last_odd_one_takes_one():
    assert [tensor_bytes((n,), "int4") for n in (1, 2, 3, 4)] == [1, 1, 2, 2]
    assert evaluate(tensor_bytes((3, H), "int4"), {"H": 5}) == 8


def test_an_element_type_may_belong_to_a_layer_a_block_or_the_rest():
    table = {"stem": "int8", "linear1": "float16"}
    assert of(small(), table).weights.per_layer() == {
        "x": 0,
        "stem.conv1": 20,
        "adaptive_avg_pool1": 0,
        "flatten1": 0,
        "linear1": 70,
    }
    assert of(small(), table | {"": "float64", "stem.conv1": "float32"}).weights.total == 80 + 70
    assert of(small(), table).activations["stem.conv1"] == 5 * H * W


def test_a_type_that_is_stated_is_kept():
    x = Input("tokens", ("T",), dtype="int64")
    found = of(Network("n", inputs=x, outputs=L.Embedding(4, num_embeddings=10)(x)), "float16")
    assert found.weights.total == 80
    assert found.peak.bytes == 8 * dim("T") + 8 * dim("T")


@pytest.mark.parametrize("table", ["float23", {"stem": "int9"}, {"steam": "int8"}])
def test_what_there_is_not_is_refused(table):
    with pytest.raises(UsageError, match="did you mean"):
        of(small(), table)


def test_shared_weights_take_memory_once_and_buffers_are_apart():
    x = Input("x", (3, "H", "W"))
    norm = L.BatchNorm()
    found = of(Network("n", inputs=x, outputs=norm(norm(x))))
    assert (found.weights.total, found.buffers.total) == (24, 24)


def test_resnet50_takes_97_mebibytes():
    found = of(networks.resnet50())
    assert found.weights.total == 4 * 25_557_032
    assert found.buffers.total == 4 * 53_120


def test_activations_are_what_torch_modules_return(torch):
    nn, made = torch.nn, []
    pair = lambda i, o: [nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.Conv2d(o, o, 3, padding=1), nn.ReLU()]  # noqa: E731
    down, low = nn.Sequential(*pair(3, 16)), nn.Sequential(nn.MaxPool2d(2), *pair(16, 32))
    deep = nn.Sequential(nn.MaxPool2d(2), *pair(32, 64), nn.ConvTranspose2d(64, 32, 2, 2))
    up = nn.Sequential(*pair(64, 32), nn.ConvTranspose2d(32, 16, 4, 2, 1, groups=2, bias=False))
    last = nn.Sequential(*pair(32, 16), nn.Conv2d(16, 2, 1))
    for part in (down, low, deep, up, last):
        for module in part:
            module.register_forward_hook(lambda _, args, out: made.append(out.numel()))
    a = down(torch.zeros(1, 3, 16, 24))
    b = low(a)
    joined = torch.cat([deep(b), b], 1)
    again = torch.cat([up(joined), a], 1)
    last(again)
    assert of(networks.unet()).activations.at(H=16, W=24).total == 4 * (sum(made) + joined.numel() + again.numel())


class Shelf:
    """A memory of reference counts: a tensor is put down for as many readers as it has, views beside their owner."""

    def __init__(self, network):
        uses = [tensor for node in network.nodes for tensor in node.inputs] + list(network.outputs.values())
        self.readers = Counter(uses)
        self.owner, self.size, self.held = {}, {}, Counter()

    def put(self, tensor, spec, view_of=None):
        root = self.owner[tensor] = tensor if view_of is None else self.owner[view_of]
        self.size.setdefault(root, 4 * prod(spec.shape))
        self.held[root] += self.readers[tensor]
        return 0 if self.held[root] else self.size[root]

    def bytes(self):
        return sum(self.size[root] for root, readers in self.held.items() if readers)

    def read(self, tensor):
        self.held[self.owner[tensor]] -= 1


def fill_and_empty(network, sizes):
    """Run the network on a shelf; return the most bytes on it, and the layer that ran then."""
    found, shelf, best = propagate(network, sizes), Shelf(network), (-1, "")
    for node in network.nodes:
        if not node.inputs:
            shelf.put(node.name, found.specs[node.name])
    for node, outputs in zip(network.nodes, found.outputs, strict=True):
        unread = 0
        for port, spec in enumerate(outputs if node.inputs else ()):
            name = node.name if len(outputs) == 1 else f"{node.name}.{port}"
            unread += shelf.put(name, spec, node.inputs[0] if node.layer.is_view else None)
        if shelf.bytes() + unread > best[0]:
            best = (shelf.bytes() + unread, node.name)
        for tensor in node.inputs:
            shelf.read(tensor)
    return best


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "unet", "recurrent", "attention", "lenet"])
@pytest.mark.parametrize("seed", range(6))
def test_the_peak_formula_gives_the_peak_of_a_run(name, seed):
    network = getattr(networks, name)()
    rng = random.Random(seed)
    step, least = {"lenet": (1, 32), "unet": (4, 1)}.get(name, (1, 1))
    most = 35 if name == "lenet" else [6, 40, 400][seed % 3]
    sizes = {s: step * rng.randint(least, most) for s in network.symbols if s != "N"} | {"N": 1}
    bytes_, layer = fill_and_empty(network, sizes)
    peak = of(network, sizes=sizes).peak
    assert (peak.bytes, peak.holders) == (bytes_, ((layer, bytes_),))
    formula = of(network).peak
    assert evaluate(formula.bytes, sizes) == bytes_
    assert max(evaluate(size, sizes) for _, size in formula.holders) == bytes_


@pytest.mark.parametrize("seed", range(25))
def test_the_peak_of_random_graphs(seed):
    rng = random.Random(seed)
    x = Input("x", (4, "H", "W"))
    tensors = [(x, 0)]
    for _ in range(25):
        y, level = rng.choice(tensors[-4:])
        other = [t for t in tensors if t[1] == level]
        kind = rng.randrange(6)
        if kind == 0 and level < 3:
            tensors.append((L.MaxPool(3, stride=2, padding=1)(y), level + 1))
        elif kind == 1:
            tensors.append((L.Dropout()(y), level))
        elif kind == 2:
            wide = L.Conv(rng.choice((4, 8, 32)), kernel_size=1)(y)
            tensors.append((L.Conv(4, kernel_size=3, padding=1)(wide), level))
        elif kind == 3:
            tensors.append((L.Chunk(2)(L.Concat()(y, y))[rng.randrange(2)], level))
        else:
            tensors.append((L.Add()(y, rng.choice(other)[0]), level))
    network = Network("n", inputs=x, outputs=[tensors[-1][0], tensors[len(tensors) // 2][0]])
    formula = of(network).peak
    for _ in range(4):
        sizes = {"H": rng.choice((1, 2, 3, 7, 30, 224)), "W": rng.choice((1, 2, 5, 16, 224)), "N": 1}
        bytes_, layer = fill_and_empty(network, sizes)
        assert evaluate(formula.bytes, sizes) == bytes_
        assert of(network, sizes=sizes).peak.holders == ((layer, bytes_),)


def test_the_peak_of_resnet50_is_a_short_formula():
    peak = of(networks.resnet50()).peak
    assert len(peak.holders) == 4
    assert "N" not in symbols(peak.bytes)
    # three maps of 256x56x56: the branch's convolution, its norm, and the shortcut that waits for them
    assert evaluate(peak.bytes, {"H": 224, "W": 224}) == 3 * 256 * 56 * 56 * 4


def test_a_batch_multiplies_the_peak():
    network = networks.unet()
    one, eight = (of(network, sizes={"H": 64, "W": 64, "N": n}).peak.bytes for n in (1, 8))
    assert eight == 8 * one
    assert of(network).live.at(H=64, W=64, N=8).total == eight


def test_a_deep_network_needs_no_recursion_and_one_formula():
    x = y = Input("x", (3, "H", "W"))
    for _ in range(3000):
        y = L.ReLU()(L.Conv(3, kernel_size=3)(y))
    peak = of(Network("deep", inputs=x, outputs=y)).peak
    # the first convolution shrinks 3*H*W to 3*(H-2)*(W-2); its activation makes a second map of that
    assert peak.bytes == 12 * H * W + 12 * (H - 2) * (W - 2)
    assert [name for name, _ in peak.holders] == ["conv1"]


def test_what_stands_behind_a_fault_is_unknown():
    x = Input("x", (3, "H", "W"))
    bad = L.Conv(3, kernel_size=1, in_channels=5)(x, name="bad")
    found = of(Network("n", inputs=x, outputs=L.ReLU()(bad, name="after")))
    assert found.activations.unknown == ("bad", "after")
    assert found.live.unknown == ("bad", "after")
    assert found.peak.bytes == 12 * H * W
