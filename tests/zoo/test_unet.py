"""U-Net: published parameters and receptive fields, PyTorch modules written here, sizes walked by hand."""

from functools import cache
from pathlib import Path

import pytest

import cnnshape as cs
from cnnshape.analysis.receptive_field import receptive_fields
from cnnshape.errors import UsageError
from cnnshape.graph.propagate import propagate

EXAMPLE = Path(__file__).parents[2] / "examples/unet.yaml"


@cache
def report(name="unet", assume="", **arguments):
    return cs.report(cs.zoo(name, **arguments), assume=assume)


def output(found, H, W):
    return next(iter(found.at(N=1, H=H, W=W).outputs.values()))


# --- padded -----------------------------------------------------------------------------------------------------------


def test_parameters_of_the_usual_implementation():
    # milesial/Pytorch-UNet, UNet(n_channels=3, n_classes=2); with one class 31 037 633.
    assert report().params == 31_037_698
    assert report(num_classes=1).params == 31_037_633


def test_it_is_the_network_of_the_example():
    example, found = cs.report(cs.load(EXAMPLE)), report()
    assert (example.params, example.conditions) == (found.params, found.conditions)
    assert example.at(N=1, H=512, W=512).macs == found.at().macs
    assert [*example.outputs.values()] == [*found.outputs.values()]


# Brute force on U-Nets of 3x3 same, 2x2 pool, 2x2 up-convolution; an up-convolution sees one position of four.
@pytest.mark.parametrize(("depth", "field", "step"), [(4, 215, 16), (5, 439, 32), (6, 887, 64)])
def test_receptive_field_and_valid_sizes(depth, field, step):
    network = cs.zoo("unet", depth=depth)
    seen = receptive_fields(propagate(network)).of("classes")
    assert (seen.size, seen.stride, seen.status) == ((field, field), (1, 1), "upper bound")
    for axis in "HW":
        assert str(report(depth=depth).conditions[axis]) == f"{axis} % {step} == 0"


@pytest.mark.parametrize("depth", range(1, 11))
@pytest.mark.parametrize("name", ["unet", "unet_original"])
def test_the_default_size_fits_every_depth(name, depth):
    at = report(name, depth=depth, width_mult=0.0625).at()
    assert at.valid


def convolutions(depth, size, padded, base=64, channels=3, classes=2):
    """(weights, biases, multiply-adds) of every convolution, level by level; sizes as in the paper's figure 1."""
    lost = 0 if padded else 2
    rows, inp = [], channels

    def double(inp, out, size):
        rows.append((inp * out * 9, out, (size - lost) ** 2))
        rows.append((out * out * 9, out, (size - 2 * lost) ** 2))
        return size - 2 * lost

    for level in range(depth):
        size = double(inp, base << level, size) // 2
        inp = base << level
    size = double(inp, base << depth, size)
    for level in reversed(range(depth)):
        width = base << level
        rows.append((2 * width * width * 4, width, size**2))  # each position of the small map meets the whole kernel
        size = double(2 * width, width, 2 * size)
    rows.append((base * classes, classes, size**2))
    weights, biases, macs = (sum(column) for column in zip(*((w, b, w * a) for w, b, a in rows), strict=True))
    return weights, biases, macs, size


@pytest.mark.parametrize(("name", "depth", "size"), [("unet", 4, 512), ("unet", 2, 96), ("unet_original", 4, 572)])
def test_counts_by_hand(name, depth, size):
    padded = name == "unet"
    weights, biases, macs, out = convolutions(depth, size, padded, channels=3 if padded else 1)
    found = report(name, depth=depth, norm=False)
    at = found.at(N=1, H=size, W=size)
    assert (found.params, at.macs) == (weights + biases, macs)
    assert output(found, size, size) == (1, 2, out, out)


def test_batch_norm_takes_the_place_of_the_bias():
    plain, normed = report(norm=False), report()
    widths = [64 << level for level in range(5)]
    behind = 2 * (sum(widths) + sum(widths[:-1]))  # two convolutions on each level down, and up
    assert normed.params - plain.params == 2 * behind - behind
    assert normed.totals.buffers == 2 * behind


# --- the paper's, without padding -------------------------------------------------------------------------------------


def test_the_paper():
    """Figure 1: a tile of 572 gives a map of 388. Keras's summaries of it: Total params 31,030,658."""
    found = report("unet_original")
    assert found.params == 31_030_658
    assert output(found, 572, 572) == (1, 2, 388, 388)
    at = found.at(N=1, H=572, W=572).tensors
    down = {568: "down1.relu2", 280: "down2.relu2", 136: "down3.relu2", 64: "down4.relu2", 28: "bottom.relu2"}
    up = {52: "up4.relu2", 100: "up3.relu2", 196: "up2.relu2", 388: "up1.relu2"}
    for size, tensor in (down | up).items():
        assert at[tensor][2:] == (size, size)


def maps(size, depth=4):
    """Sizes that are pooled, and the one that comes out; None where a map runs out."""
    pooled = []
    for _ in range(depth):
        pooled.append(size - 4)
        size = (size - 4) // 2
    size -= 4
    for before in reversed(pooled):
        if size < 1 or 2 * size > before:
            return pooled, None
        size = 2 * size - 4
    return pooled, size if size >= 1 else None


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_every_size_it_takes(depth):
    found = report("unet_original", depth=depth)
    for H in range(1, 420):
        _, out = maps(H, depth)
        assert (H in found.conditions["H"]) is (out is not None), H
        if out is not None and H % 7 == 0:
            assert output(found, H, H) == (1, 2, out, out)


def test_every_pool_sees_an_even_map_where_the_paper_asks_for_it():
    """Section 2: "select the input tile size such that all 2x2 max-pooling operations are applied to a layer with an
    even x- and y-size"."""
    for H in range(188, 700):
        pooled, out = maps(H)
        even = all(size % 2 == 0 for size in pooled)
        assert even is (H % 16 == 12)
        if even:
            assert out == H - 184
    found = report("unet_original", assume="H % 16 == 12, W % 16 == 12")
    assert [str(size) for size in found.outputs["classes"]] == ["N", "2", "H - 184", "W - 184"]
    assert str(found.conditions["H"]) == "H >= 188 and H % 16 == 12"


# --- both, against PyTorch --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "size"),
    [
        ("unet", {}, (48, 64)),
        ("unet", {"depth": 2, "norm": False, "num_classes": 5, "in_channels": 4}, (12, 20)),
        ("unet_original", {}, (188, 204)),
        ("unet_original", {"depth": 1}, (25, 31)),
        ("unet_original", {"depth": 3, "norm": True, "width_mult": 0.25}, (93, 100)),
    ],
)
def test_as_a_module_written_with_pytorch(name, arguments, size, torch):
    nn, F = torch.nn, torch.nn.functional
    entry = {**cs.zoo.unet.options, **getattr(cs.zoo, name).arguments, **arguments}
    padding, base = (1 if entry["padding"] == "same" else 0), int(64 * entry["width_mult"])

    def double(inp, out):
        rows = []
        for channels in (inp, out):
            rows += [nn.Conv2d(channels, out, 3, padding=padding, bias=not entry["norm"])]
            rows += [nn.BatchNorm2d(out)] if entry["norm"] else []
            rows += [nn.ReLU()]
        return nn.Sequential(*rows)

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            widths = [base << level for level in range(entry["depth"] + 1)]
            sources = [entry["in_channels"], *widths]
            self.down = nn.ModuleList(double(*pair) for pair in zip(sources, widths, strict=False))
            self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in widths[:-1])
            self.after = nn.ModuleList(double(2 * w, w) for w in widths[:-1])
            self.classes = nn.Conv2d(base, entry["num_classes"], 1)

        def forward(self, x):
            skips = []
            for level, piece in enumerate(self.down):
                x = piece(F.max_pool2d(x, 2) if level else x)
                skips.append(x)
            for level in reversed(range(entry["depth"])):
                x, skip = self.up[level](x), skips[level]
                top, left = ((a - b) // 2 for a, b in zip(skip.shape[2:], x.shape[2:], strict=True))
                if padding:
                    assert skip.shape[2:] == x.shape[2:]
                skip = skip[:, :, top : top + x.shape[2], left : left + x.shape[3]]
                x = self.after[level](torch.cat([skip, x], 1))
            return self.classes(x)

    with torch.device("meta"):
        module = UNet()
        y = module(torch.empty(2, entry["in_channels"], *size))
    found = report(name, **arguments)
    assert [*found.at(N=2, H=size[0], W=size[1]).outputs.values()] == [tuple(y.shape)]
    assert found.params == sum(p.numel() for p in module.parameters())


def test_the_width_may_be_a_formula():
    found = report(width_mult="w")
    assert found.at(w=1).params == 31_037_698
    weights, biases, macs, _ = convolutions(4, 512, True, base=16)
    at = report(width_mult=0.25, norm=False).at(N=1, H=512, W=512)
    assert (at.params, at.macs) == (weights + biases, macs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 0}, "depth = 0 does not fit"),
        ({"depth": "four"}, "depth = four does not fit"),
        ({"padding": "reflect"}, "padding = 'reflect' is not known"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(UsageError, match=message) as caught:
        cs.zoo("unet", **arguments)
    assert caught.value.fault.code == "CS009"
