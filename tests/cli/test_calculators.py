"""`cnnshape conv`, `pool`, `conv-transpose`: the answers, against PyTorch where it is installed."""

import random
import re

import pytest


def answer(out: str) -> str:
    return out.splitlines()[0].split(" -> ")[1]


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        ("conv 5 -k 3 -s 1 -p 0", ["5 -> 3", "floor((5 - 3 + 2*0)/1) + 1 = 3", "cut off: nothing"]),
        ("conv 6 -k 3 -s 2", ["6 -> 2", "floor((6 - 3 + 2*0)/2) + 1 = 2", "cut off: 1 pixel at the end"]),
        ("conv H -k 3 -s 2", ["H -> ceil(H/2) - 1", "cut off: (H + 1) % 2 pixels at the end", "fits        H >= 3"]),
        ("conv 224 -k 7 -s 2 -p 3", ["224 -> 112"]),
        ("conv 224 -k 3 -p same", ["224 -> 224", "padding 1 before and 1 after"]),
        ("conv 224 -k 3 -s 2 -p same_upper", ["224 -> 112", "padding 0 before and 1 after"]),
        ("conv 224 -k 3 -s 2 -p 0,1", ["224 -> 112", "floor((224 - 3 + 0 + 1)/2) + 1 = 112"]),
        ("conv 224x320 -k 3x5 -s 2x1 -p 1x2", ["224x320 -> 112x320"]),
        (
            "conv 3x224x224 --out 64 -k 3x5 -d 2 -g 1 -p same",
            ["3x224x224 -> 64x224x224", "64*3*3*5 + 64 = 2,944", "64*3*3*5*224*224 = 144,506,880 (145M)"],
        ),
        ("conv 3x224x224 --out 64 -k 3", ["input       3 channels, maps 224x224"]),
        ("conv 224x224 --out 64 -k 3", ["input       224 channels, length 224"]),
        (
            "conv 224x224x3 --out 64 -k 3",
            ["input       224 channels, maps 224x3", "channels stand first: an image of 3 channels is 3x224x224"],
        ),
        ("conv 3X224X224 --out 64 -k=3 -p=1 -s=2", ["3x224x224 -> 64x112x112"]),
        ("conv 224 -k 3 -p=same", ["224 -> 224"]),
        ("conv (H+1)//2 -k 3 -p 1", ["ceil(H/2) -> ceil(H/2)"]),
        ("conv 3xHxW --out 64 -k 7 -s 2 -p 3", ["3xHxW -> 64 x ceil(H/2) x ceil(W/2)", "64*3*7*7 + 64 = 9,472"]),
        ("conv 64x56x56 --out 64 -k 3 -p 1 -g 64 --no-bias", ["64x56x56 -> 64x56x56", "64*1*3*3 = 576"]),
        ("conv 1x16x112x112 --out 64 -k 3 -p 1", ["1x16x112x112 -> 64x16x112x112"]),
        ("pool 112 -k 3 -s 2 -p 1", ["112 -> 56", "none of the input"]),
        ("pool 64x112x112 -k 2", ["64x112x112 -> 64x56x56"]),
        ("pool 7 -k 2 --ceil", ["7 -> 4"]),
        ("pool 64xHxW -k 2 --ceil", ["64xHxW -> 64 x ceil(H/2) x ceil(W/2)"]),
        ("conv-transpose 7 -k 4 -s 2 -p 1", ["7 -> 14", "(7 - 1)*2 + 4 - 2*1 = 14"]),
        ("conv-transpose 7 -k 3 -s 2 -p 1 --output-padding 1", ["7 -> 14", "(7 - 1)*2 + 3 - 2*1 + 1 = 14"]),
        ("conv-transpose 512x7x7 --out 256 -k 2 -s 2", ["512x7x7 -> 256x14x14", "512*256*2*2 + 256 = 524,544"]),
    ],
)
def test_answers(run, args, lines):
    ended = run(*args.split())
    assert (ended.code, ended.err) == (0, "")
    for line in lines:
        assert line in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ("conv 3 -k 5", 1, "error: CS203: the window spans 5, the padded input offers 3\n"),
        ("conv 3x4 -k 5", 1, "error: CS203: axis H: the window spans 5, the padded input offers 3\n"),
        ("conv H/2 -k 3", 2, "write // or floor(...)"),
        ("conv 224 -k 2.5", 2, "such as H or H//2"),
        ("conv 3x224x224 -k 3", 2, "how many filters?"),
        ("conv 5 -k 0", 2, "CS401"),
        ("conv 5 -k 3 -s 0", 2, "CS401"),
        ("conv 5 -k 3 -s 2 -p same", 2, "same_upper"),
        ("conv 5x5 -k 3x3x3", 2, "CS402"),
        ("conv 5++ -k 3", 2, "is no size"),
        ("conv 5 -k three!", 2, "is no size"),
        ("conv 3x5x5 --out 8 -k 3 -g 2", 1, "CS204"),
        ("pool 7 -k 3 -p 2", 1, "2*padding <= kernel_size"),
        ("conv 5", 2, "fix: cnnshape conv 5 -k 3"),
        ("pool 3x8x8", 2, "fix: cnnshape pool 3x8x8 -k 2"),
        ("conv 224 7 2 3", 2, "fix: cnnshape conv 224 -k 7 -s 2 -p 3"),
        ("conv 224 -k 7 2", 2, "fix: cnnshape conv 224 -k 3 -s 2 -p 1"),
        ("conv 224 -k 3.5", 2, "fix: --kernel 3\n"),
        ("conv 6 -k 4 -p 1.5", 2, "fix: -p 2, or 1 before and 2 after: -p 1,2\n"),
        ("conv 3x32x32 --out 5x5 -k 3", 2, "fix: --out 5\n"),
        ("conv-transpose 1 -k 1 -p 1", 1, "CS203"),
        (
            "conv 2 -k 2 -d 4",
            1,
            "\n    E = D*(N - 1) + 1 = 4*(2 - 1) + 1 = 5\n    floor((2 - 5 + 2*0)/1) + 1 = -2\n    with d",
        ),
    ],
)
def test_what_does_not_work_is_said(run, args, code, says):
    ended = run(*args.split())
    assert ended.code == code
    assert ended.out == ""
    assert says in ended.err


@pytest.mark.parametrize("size", ["3x224x224", "512x7x7", "64x3x3", "64x100x1", "3xHxW"])
def test_channels_first_is_not_doubted(run, size):
    assert "stand first" not in run("conv", size, "--out", "8", "-k", "1").out


def test_conv_as_pytorch_computes(run, torch):
    rng = random.Random(7)
    for _ in range(40):
        d, c, out = rng.randint(8, 60), rng.choice([2, 4]), rng.choice([4, 8])
        k, s, p, dil, g = rng.randint(1, 4), rng.randint(1, 3), rng.randint(0, 3), rng.randint(1, 2), rng.choice([1, 2])
        layer = torch.nn.Conv2d(c, out, k, s, p, dil, g, device="meta")
        shape = layer(torch.empty(1, c, d, d + 3, device="meta")).shape
        size = f"{c}x{d}x{d + 3}"
        ended = run(*f"conv {size} --out {out} -k {k} -s {s} -p {p} -d {dil} -g {g}".split())
        assert answer(ended.out) == "x".join(map(str, shape[1:]))
        params = sum(weight.numel() for weight in layer.parameters())
        assert int(re.search(r"parameters .* = ([\d,]+)", ended.out)[1].replace(",", "")) == params


def test_pool_and_conv_transpose_as_pytorch_computes(run, torch):
    rng = random.Random(8)
    for _ in range(40):
        d, k, s = rng.randint(8, 60), rng.randint(2, 4), rng.randint(1, 3)
        p, ceil = rng.randint(0, k // 2), rng.random() < 0.5
        x = torch.empty(1, 1, d, device="meta")
        ended = run(*f"pool {d} -k {k} -s {s} -p {p} {'--ceil' if ceil else ''}".split())
        assert int(answer(ended.out)) == torch.nn.MaxPool1d(k, s, p, ceil_mode=ceil)(x).shape[-1]
        o = rng.randint(0, s - 1)
        ended = run(*f"conv-transpose {d} -k {k} -s {s} -p {p} --output-padding {o}".split())
        assert int(answer(ended.out)) == torch.nn.ConvTranspose1d(1, 1, k, s, p, o, device="meta")(x).shape[-1]
