"""Traps that other tools fell into: parameters, operations, bytes.

Each docstring names the tool and its wrong answer, as measured with torchinfo 1.8.0, torchscan 0.2.0, torchlens 2.36.1,
fvcore 0.1.5, thop 0.1.1, ptflops 0.7.5 and Keras 3.15.1. The right answer is counted by PyTorch (its own modules'
parameters, its FlopCounterMode on the meta device), or is arithmetic that stands in the test.
"""

from functools import cache

import pytest

import cnnshape as cs
from cnnshape import Input, Network, sequential
from cnnshape import layers as L
from cnnshape.symbolic import evaluate
from tests.golden.networks import NETWORKS, PUBLISHED


def report(build, *shape, **options):
    x = Input("x", shape or (3, "H", "W"))
    return cs.report(Network("net", inputs=x, outputs=build(x)), **options)


@cache
def known(name, convention="torchvision"):
    return cs.report(NETWORKS[name](), convention=convention).at()


def flops(torch, call):
    """What PyTorch counts: two for a multiply-add of convolutions and matrix products."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


# --- transformers and what is written as a matrix product -------------------------------------------------------------


@pytest.mark.parametrize("name", ["convnext_tiny", "vit_b_16", "swin_t"])
def test_networks_of_linear_layers_are_counted_whole(name):
    """torchinfo: ConvNeXt-T 0.322, ViT-B/16 0.173, Swin-T 0.034 GMACs; Linear on maps and attention are lost."""
    wrong = {"convnext_tiny": 0.322, "vit_b_16": 0.173, "swin_t": 0.034}[name]
    assert known(name).macs / 1e9 == pytest.approx(PUBLISHED[name]["gmacs"], abs=0.0005)
    assert known(name).macs / 1e9 > 10 * wrong
    assert known(name).params == PUBLISHED[name]["params"]
    assert known(name).facts.complete


def test_a_convnext_block():
    """torchinfo: the two Linear layers of a ConvNeXt block count once instead of at every position."""

    def block(x):
        y = L.Permute((0, 2, 3, 1))(L.Conv(96, kernel_size=7, padding=3, groups=96)(x))
        y = L.Linear(96)(L.GELU()(L.Linear(384)(L.LayerNorm()(y))))
        return L.Add()([x, L.LayerScale()(L.Permute((0, 3, 1, 2))(y))])

    found = report(block, 96, "H", "W")
    assert found.params == 96 * 49 + 96 + 2 * 96 + (96 * 384 + 384) + (384 * 96 + 96) + 96
    for H, W in ((1, 1), (56, 56), (7, 9)):
        assert found.at(N=1, H=H, W=W).macs == (96 * 49 + 2 * 96 * 384) * H * W


def test_a_vision_transformer_block(torch):
    """torchinfo: attention 0; PyTorch: scaled_dot_product_attention on the CPU 0 (195460); fvcore: no rule for it."""

    def block(x):
        y = L.MultiheadAttention(num_heads=12, batch_first=True)(L.LayerNorm()(x), name="attention")
        x = L.Add()([x, y])
        return L.Add()([x, L.Linear(768)(L.GELU()(L.Linear(3072)(L.LayerNorm()(x))))])

    found = report(block, "T", 768)
    for T in (1, 50, 197):
        attention = 4 * T * 768 * 768 + 2 * T * T * 768
        assert found.at(N=1, T=T).layer("attention").macs == attention
        assert found.at(N=1, T=T).macs == attention + 2 * T * 768 * 3072
    ours = torch.nn.TransformerEncoderLayer(768, 12, 3072, device="meta")
    assert found.params == sum(p.numel() for p in ours.parameters())


def test_attention_alone_is_no_layer_without_work(torch):
    """thop, ptflops, DeepSpeed, FlopCounterMode on the CPU: the attention product counts 0 (thop 174, ptflops 65)."""
    q, k = Input("q", (4, 10, 16)), Input("k", (4, 12, 16))
    found = cs.report(Network("net", inputs=[q, k], outputs=L.ScaledDotProductAttention()([q, k, k])))

    def products():
        a, b = torch.empty(4, 10, 16), torch.empty(4, 12, 16)
        return (a @ b.mT).softmax(-1) @ b

    assert 2 * found.macs == flops(torch, products)
    assert found.macs == 2 * 4 * 10 * 12 * 16
    assert found.params == 0


def test_a_product_of_activations_is_counted(torch):
    """torchscan: `conv + y@y.T` is "complete" without the product; torchinfo 126, fvcore 143: silently nothing."""

    def build(x):
        y = L.Flatten(start_dim=2)(L.Conv(8, kernel_size=1, bias=False)(x))
        return L.MatMul(transpose_b=True)([y, y], name="gram")

    found = report(build)

    def measured(H, W):
        y = torch.nn.functional.conv2d(torch.empty(1, 3, H, W), torch.empty(8, 3, 1, 1)).flatten(2)
        return y @ y.mT

    for H, W in ((1, 1), (5, 7), (32, 32)):
        assert 2 * found.at(N=1, H=H, W=W).macs == flops(torch, lambda H=H, W=W: measured(H, W))
    assert found.facts.complete
    assert str(found.layer("gram").macs) == "64*H*W"


@pytest.mark.parametrize("op", ["matmul", "dot", "bilinear"])
def test_an_einsum_is_counted_however_it_is_written(torch, op):
    """fvcore, torchinfo, ptflops, DeepSpeed: matmul and einsum are often not counted, without a word (ptflops 77)."""
    a, b = Input("a", (5, 6)), Input("b", (7, 6))
    layer = {"matmul": L.MatMul(transpose_b=True), "dot": L.Dot((2, 2)), "bilinear": L.Bilinear(4)}[op]
    if op == "bilinear":
        b = Input("b", (5, 7))
    found = cs.report(Network("net", inputs=[a, b], outputs=layer([a, b])))
    if op == "bilinear":
        # For each of 4 outputs a 6x7 matrix times the second vector, then the first times that.
        assert found.at(N=1).macs == 5 * 4 * (6 * 7 + 6)
        return
    expected = flops(torch, lambda: torch.einsum("nik,njk->nij", torch.empty(1, 5, 6), torch.empty(1, 7, 6)))
    assert 2 * found.at(N=1).macs == expected == 2 * 5 * 7 * 6


# --- transposed convolutions, Linear, recurrent layers ----------------------------------------------------------------


@pytest.mark.parametrize(("groups", "stride", "rank"), [(1, 2, 2), (2, 2, 2), (1, 3, 1), (1, 2, 3), (4, 1, 2)])
def test_a_transposed_convolution_works_on_its_input(torch, groups, stride, rank):
    """torchinfo, thop and torchscan ("complete"): s^rank times too many; ptflops has changed sides twice (57, 149)."""
    shape, kernel = (8, 5, 6, 4)[: rank + 1], 4
    found = report(L.ConvTranspose(12, kernel_size=kernel, stride=stride, groups=groups, bias=False), *shape)
    module = getattr(torch.nn, f"ConvTranspose{rank}d")(8, 12, kernel, stride, groups=groups, bias=False, device="meta")
    measured = flops(torch, lambda: module(torch.empty(1, *shape)))
    positions = 1
    for size in shape[1:]:
        positions *= size
    assert found.macs == 8 * 12 // groups * kernel**rank * positions
    assert 2 * found.macs == measured
    assert found.facts.complete


def test_thop_counts_a_transposed_convolution_at_its_output_and_the_difference_is_a_term():
    """thop 20, 93: a transposed convolution by output size; the convention says so instead of mixing the two."""
    found = report(L.ConvTranspose(12, kernel_size=4, stride=2, padding=1), 8, 5, 6)
    (term,) = found.facts.reconcile("thop").terms
    assert (term.op, term.difference) == ("conv_transpose", 8 * 12 * 16 * (10 * 12 - 5 * 6))


def test_linear_counts_every_position_and_no_bias(torch):
    """torchinfo: multiply-adds of a Linear on (N, T, C) wrong (77, 32, 39); torchinfo and ptflops add the bias."""
    found = report(L.Linear(7), 5, 10)
    module = torch.nn.Linear(10, 7, device="meta")
    assert 2 * found.macs == flops(torch, lambda: module(torch.empty(1, 5, 10))) == 2 * 5 * 7 * 10
    assert found.params == 7 * 10 + 7
    assert found.facts.reconcile("ptflops").second == 5 * (7 * 10 + 7)


GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize(("layers", "both"), [(1, False), (2, False), (1, True), (3, True)])
def test_recurrent_layers_are_not_free(torch, cell, layers, both):
    """torchlens and fvcore: LSTM 0 MACs; torchinfo: wrong multiply-adds of recurrent layers (60, 72)."""
    options = {"num_layers": layers, "bidirectional": both, "batch_first": True}
    found = report(getattr(L, cell)(6, **options), "T", 5)
    module = getattr(torch.nn, cell)(5, 6, **options, device="meta")
    assert found.params == sum(p.numel() for p in module.parameters())
    # Every step multiplies every weight matrix with a vector once.
    matrices = sum(p.numel() for name, p in module.named_parameters() if "weight" in name)
    for T in (1, 9):
        assert found.at(N=1, T=T).macs == T * matrices
        assert found.at(N=3, T=T).macs == 3 * T * matrices
    assert GATES[cell] * 6 * (5 + 6) <= matrices


# --- shared, quantized, buffered --------------------------------------------------------------------------------------


def test_a_linear_that_is_used_twice_has_its_parameters_once(torch):
    """torchinfo: 128 parameters for a tied Linear of 64 (322, 377)."""
    tied = L.Linear(8, bias=False)
    found = report(sequential(tied, L.ReLU(), tied), 8)
    module = torch.nn.Linear(8, 8, bias=False)
    twice = torch.nn.Sequential(module, torch.nn.ReLU(), module)
    assert found.params == sum(p.numel() for p in twice.parameters()) == 64
    assert found.macs == 2 * 64  # the work is done twice
    assert [layer.shares for layer in found] == ["", "", "linear1"]
    assert found.totals.weight_bytes == 4 * 64


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 32), ("float16", 16), ("int8", 8), ("int4", 4)])
def test_a_quantized_layer_keeps_its_parameters(dtype, bits):
    """torchinfo: 0 parameters for an int8 dynamic Linear, sizes for float32 alone (29)."""
    found = report(L.Linear(30, bias=False), 20, dtype=dtype)
    assert found.params == 600
    assert found.totals.weight_bytes == 600 * bits // 8
    assert found.at(N=1).totals.activation_bytes == 30 * bits // 8


@pytest.mark.parametrize("form", ["table", "tree", "markdown", "csv", "json"])
def test_units_are_words(form):
    """torchinfo: prints "Units.GIGABYTES" on Python 3.11."""
    text = known("resnet18").to(form)
    assert "Units" not in text
    assert form == "csv" or "1,814,073,344" in text or "1814073344" in text  # a CSV has no line of totals


def test_batch_norm_statistics_are_buffers():
    """Keras counts 4 numbers per channel, PyTorch 2: ResNet-50 25 636 712 against 25 557 032, and neither says so."""
    found = known("resnet50")
    channels = [layer.outputs[0].shape[1] for layer in found if layer.op == "BatchNorm"]
    assert (len(channels), sum(channels)) == (53, 26_560)
    assert found.totals.buffers == 2 * sum(channels) == 53_120
    assert found.totals.trainable == found.params == PUBLISHED["resnet50"]["params"]


# --- conventions ------------------------------------------------------------------------------------------------------

# Measured with the tools at 224x224, 10^9: fvcore, thop, ptflops (PyTorch backend).
TOOLS = {
    "resnet18": (1.8191, 1.8240, 1.8253),
    "resnet50": (4.1115, 4.1337, 4.1324),
    "vgg16": (15.4703, 15.4703, 15.5232),
    "mobilenet_v2": (0.3142, 0.3275, 0.3203),
    "efficientnet_b0": (0.4017, 0.4151, 0.4102),
    "densenet121": (2.8655, 2.8970, 2.8998),
    "vit_b_16": (16.8674, 11.2863, 17.6060),
    "convnext_tiny": (4.4704, 4.4641, 4.4883),
}
# thop and ptflops hook modules. What torchvision calls as a function is lost to thop; ptflops, which patches functions
# too, counts it once and a module twice. Both miss a norm whose class is torchvision's own.
FUNCTIONS = {"mobilenet_v2": {"avgpool"}, "densenet121": {"relu", "pool"}}
OWN_CLASS = {
    "convnext_tiny": {f"{block}.layer_norm1" for block in ("classifier", *(f"features.{i}" for i in (0, 2, 4, 6)))}
}


@pytest.mark.parametrize("name", TOOLS)
def test_every_convention_gives_the_number_of_its_tool(name):
    """MACs or FLOPs, whose? thop 208, ptflops 40, calflops 56, fvcore PR 77: four tools, four numbers, no name."""
    for tool, measured in zip(("fvcore", "thop", "ptflops"), TOOLS[name], strict=True):
        found = known(name, tool)
        macs = {layer.name: layer.macs for layer in found}
        functions = sum(macs[layer] for layer in FUNCTIONS.get(name, ()))
        norms = sum(macs[layer] for layer in OWN_CLASS.get(name, ()))
        unseen = {"fvcore": 0, "thop": functions + norms, "ptflops": functions // 2 + norms}[tool]
        assert (tool, (found.macs - unseen) / 1e9) == (tool, pytest.approx(measured, abs=0.00005))


def test_what_lies_between_two_conventions_is_named():
    """fvcore and torchvision print 4.11 and 4.09 for one network; nothing says why."""
    apart = known("resnet50").facts.reconcile("fvcore")
    norms = sum(2 * _volume(layer) for layer in known("resnet50") if layer.op == "BatchNorm")
    pooled = 2048 * 7 * 7
    assert {term.op: term.difference for term in apart.terms} == {"batch_norm": norms, "adaptive_avg_pool": pooled}
    assert (norms, pooled) == (22_227_968, 100_352)
    assert apart.second - apart.first == norms + pooled


def _volume(layer):
    volume = 1
    for size in layer.outputs[0].shape[1:]:
        volume *= size
    return volume


def test_a_flop_is_half_a_multiply_add():
    """Keras has no FLOPs (5625, since 2017); its users halve TensorFlow's by hand, others double torchvision's."""
    for convention in ("torchvision", "keras"):
        found = known("vgg16", convention)
        assert found.flops == 2 * found.macs
        assert found.facts.convention == convention
    assert known("vgg16", "keras").flops / 1e9 == pytest.approx(30.94, abs=0.005)  # FlopCounterMode: 30.9405


def test_counts_are_for_one_image_and_say_when_they_are_not():
    """torchinfo, fvcore: totals grow with the batch of the example, without saying per image or per batch."""
    found = cs.report(NETWORKS["resnet18"]())
    one = found.at(H=224, W=224).macs
    assert found.at(N=8, H=224, W=224).macs == 8 * one == 8 * found.at(N=1, H=224, W=224).macs
    assert evaluate(found.macs, {"H": 224, "W": 224}) == one


# --- memory -----------------------------------------------------------------------------------------------------------


def test_the_peak_is_not_the_sum():
    """torchinfo: sums all outputs, 50 GB estimated where 15 GB are used (149); PyTorch users ask "will it fit?"."""
    chain = sequential(*(L.Conv(4, kernel_size=3, padding=1) for _ in range(10)))
    found = report(chain, 4, 32, 32)
    tensor = 4 * 32 * 32 * 4
    assert found.totals.activation_bytes == 10 * tensor
    assert found.totals.peak_activation_bytes == 2 * tensor  # what goes in and what comes out of one layer


def test_a_skip_stays_alive():
    """torchinfo 187, 373: memory without lifetimes cannot say which layer holds the peak."""

    def build(x):
        y = L.Conv(4, kernel_size=3, padding=1)(x, name="first")
        z = L.Conv(4, kernel_size=3, padding=1)(y, name="second")
        z = L.Conv(4, kernel_size=3, padding=1)(z, name="third")
        return L.Add()([y, z], name="join")

    found = report(build, 4, 32, 32)
    tensor = 4 * 32 * 32 * 4
    # The skip, and what goes in and what comes out of the third convolution.
    assert found.totals.peak_activation_bytes == 3 * tensor
    assert [name for name, _ in found.facts.peak.holders] == ["third"]


def test_memory_is_known_layer_by_layer_without_a_run():
    """torchinfo: needs the memory to say how much (197), moves the model to the GPU (227), nothing per layer (373)."""
    found = known("vgg16")
    rows = [layer for layer in found if layer.op == "Conv"]
    assert [layer.weight_bytes for layer in rows[:2]] == [4 * (27 * 64 + 64), 4 * (9 * 64 * 64 + 64)]
    assert rows[0].activation_bytes == 4 * 64 * 224 * 224
    assert found.totals.weight_bytes == 4 * PUBLISHED["vgg16"]["params"]
    assert found.totals.activation_bytes == sum(layer.activation_bytes for layer in found)
