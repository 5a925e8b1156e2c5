"""`cnnshape solve`: texts on a terminal of 80 columns, JSON, exit codes, and what cannot be asked."""

import json

import jsonschema
import pytest

from tests.cli.test_main import SCHEMAS

UNET, LENET, RESNET = "examples/unet.yaml", "examples/lenet5.yaml", "examples/resnet50.yaml"
LAST = "layer4.next.1.relu1"
WIDE = ("--line-width", "80")


def lines(ended):
    assert max(map(len, ended.out.splitlines()), default=0) <= 80
    return ended.out.splitlines()


def test_a_network_that_crashes_at_500x375(run):
    # Four halvings: multiples of 16. 496 = 31*16, 368 = 23*16.
    ended = run("solve", UNET, "--input", "500x375", *WIDE)
    assert ended.code == 1
    assert lines(ended) == [
        "U-Net: H=500, W=375 does not fit",
        "input (N, 3, H, W): batch N, 3 channels, maps HxW; at H=500, W=375",
        "why       examples/unet.yaml:20:9: CS201 up3.concat1: axis H: input 1 has 125,",
        "          input 2 has 124",
        "nearest   H=496, W=368 or H=512, W=384",
        "",
        "H % 16 == 0, W % 16 == 0",
        "  up4.concat1 joins floor(H/8) and 2*floor(H/16): H % 16 in {0..7}",
        "  up3.concat1 joins floor(H/4) and 2*floor(H/8): H % 8 in {0..3}",
        "  up2.concat1 joins floor(H/2) and 2*floor(H/4): H % 4 in {0, 1}",
        "  up1.concat1 joins H and 2*floor(H/2): H % 2 == 0",
        "  the same for W",
    ]


def test_sizes_that_fit_and_sizes_that_are_free(run):
    fits = run("solve", UNET, "--input", "3x512x384", *WIDE)
    assert fits.code == 0
    assert lines(fits)[0] == "U-Net: H=512, W=384 fits"
    assert "output    2x512x384" in lines(fits)
    half = run("solve", UNET, "--set", "H=512", *WIDE)
    assert half.code == 0
    assert lines(half)[0] == "U-Net: H=512 fits"
    assert lines(half)[3] == "W % 16 == 0"
    assert lines(half)[-1] == "smallest  H=512, W=16"


def test_shapes_of_a_trained_classifier(run):
    # 400 = 16*5*5 = 16*1*25, and a map of LeNet-5 is floor(H/4) - 3 high.
    ended = run("solve", LENET, *WIDE)
    assert ended.code == 0
    assert lines(ended) == [
        "LeNet-5: inputs that fit",
        "input (N, 1, H, W): batch N, 1 channel, maps HxW; H, W free",
        "",
        "(5x5) H in 32..35, W in 32..35",
        "  or (1x25) H in 16..19, W in 112..115",
        "  or (25x1) H in 112..115, W in 16..19",
        "  linear 'c5' expects 400, is given 16*(floor(H/4) - 3)*(floor(W/4) - 3)",
        "",
        "H = W     H in 32..35",
        "smallest  H=32, W=32",
    ]
    near = run("solve", LENET, "--input", "500x375", *WIDE)
    assert near.code == 1
    assert "nearest   H=35, W=35 or H=19, W=115" in lines(near)


def test_many_shapes_are_shown_if_asked_for(run):
    # 8192 = 512*16: 15 ways to write 16 as a product of three.
    short = run("solve", "examples/video_3d.yaml", *WIDE)
    assert "  or 14 other shapes (--all lists them)" in lines(short)
    every = run("solve", "examples/video_3d.yaml", "--all", *WIDE)
    assert sum(line.startswith("  or (") for line in lines(every)) == 14


def test_which_inputs_give_an_output(run):
    # ceil(H/32) == 7 from 6*32 + 1 to 7*32.
    for size, words in (("7x7", "the output 7x7"), ("7", "the output 7"), (f"{LAST}=7x7", f"7x7 at {LAST}")):
        ended = run("solve", RESNET, "--output", size, *WIDE)
        assert ended.code == 0
        assert "H in 193..224, W in 193..224" in lines(ended)
        assert lines(ended)[0] == f"ResNet-50: inputs that fit, with {words}"
    nothing = run("solve", UNET, "--output", "388x388", *WIDE)
    assert nothing.code == 1
    assert lines(nothing)[0] == "U-Net: no input fits, with the output 388x388"


FOLLOWS = """
name: follows
input: [1, H, W]
layers: [{max_pool: 8}, flatten, {linear: 10}]
"""


@pytest.mark.parametrize("size", ["32", "32x32", "H=32,W=32"])
def test_what_a_trained_network_accepts(run, size):
    ended = run("solve", "-", "--trained-at", size, *WIDE, stdin=FOLLOWS)
    assert ended.code == 0
    assert lines(ended)[0] == "follows: inputs that fit, with weights trained at H=32, W=32"
    assert "(4x4) H in 32..39, W in 32..39" in lines(ended)
    assert run("solve", "-", "--trained-at", size, "--input", "40", stdin=FOLLOWS).code == 1


def test_questions_combine(run):
    design = "input: [3, H, W]\nlayers: [{max_pool: 4}, {upsample: {scale_factor: 4}}]\n"
    ended = run("solve", "-", "--keep-size", "--assume", "H % 6 == 0", "--assume", "W == H", stdin=design)
    assert ended.code == 0
    assert "H % 12 == 0" in ended.out
    assert "smallest  H=12, W=12" in ended.out
    both = run("solve", "-", "--output", "24", "--keep-size", stdin=design)
    assert "H == 24, W == 24" in both.out


def test_a_network_without_symbols(run):
    design = "input: [3, 32, 32]\nlayers: [{conv: {out_channels: 8, kernel_size: 3}}]\n"
    ended = run("solve", "-", stdin=design)
    assert (ended.code, "only 3x32x32" in ended.out) == (0, True)
    assert run("solve", "-", "--output", "30", stdin=design).code == 0
    wrong = run("solve", "-", "--output", "31", stdin=design)
    assert wrong.code == 1
    assert "CS214 conv1: the size is 30, 31 is wanted" in wrong.out


def test_a_network_that_fits_nothing(run):
    design = "input: [3, H, W]\nlayers: [{conv: {in_channels: 4, out_channels: 8, kernel_size: 3}}]\n"
    ended = run("solve", "-", *WIDE, stdin=design)
    assert ended.code == 1
    assert lines(ended)[0] == "stdin: no input fits"
    assert "CS202 conv1: in_channels = 4, the input has 3" in ended.out
    assert "fix: in_channels: 3" in ended.out


def test_windows_at_one_size(run):
    ended = run("solve", "--from", "224", "--to", "112", "-k", "1..3,7", *WIDE)
    assert ended.code == 0
    assert lines(ended)[:8] == [
        "224 -> 112: 4 windows",
        "among kernels 1, 2, 3, 7, strides 1..4, dilations 1",
        "",
        "kernel  stride  padding  cut off                     of any size d",
        "     1       2        0  1 pixel, 1 between windows  ceil(d/2)",
        "     2       2        0  nothing                     floor(d/2)",
        "     3       2        1  nothing                     ceil(d/2)",
        "     7       2        3  nothing                     ceil(d/2)",
    ]
    assert "rule  111*stride - 224 + kernel <= 2*padding <= 112*stride - 225 + kernel" in lines(ended)


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        ("H", "rule  stride 1, 2*padding = kernel - 1: an odd kernel"),
        ("ceil(H/2)", "rule  stride 2, 2*padding = kernel - 1: an odd kernel"),
        ("H//2", "rule  stride 2, 2*padding = kernel - 2: an even kernel"),
    ],
)
def test_the_textbook_rules(run, after, rule):
    ended = run("solve", "--from", "H", "--to", after, *WIDE)
    assert ended.code == 0
    assert rule in lines(ended)
    dilated = run("solve", "--from", "H", "--to", after, "-d", "1,2", *WIDE)
    assert f"{rule.replace('kernel', 'extent')}, extent = dilation*(kernel - 1) + 1" in " ".join(
        dilated.out.split()
    ).replace("rule ", "rule  ")


def test_transposed_windows(run):
    ended = run("solve", "--from", "H", "--to", "2*H", "--transposed", "-k", "2..4", *WIDE)
    assert lines(ended)[3:7] == [
        "kernel  stride  padding  output padding",
        "     2       2        0               0",
        "     4       2        1               0",
        "     3       2        1               1",
    ]


def test_nothing_does_it(run):
    ended = run("solve", "--from", "224", "--to", "7", *WIDE)
    assert ended.code == 1
    assert lines(ended)[0] == "224 -> 7: none of the windows"
    assert lines(ended)[-1] == "try   -s 32"
    never = run("solve", "--from", "H", "--to", "H + H//2", *WIDE)
    assert never.code == 1
    assert "none  H + floor(H/2) is not floor((H + a)/m) + b, which is all that windows make" in lines(never)


def test_windows_in_the_padding_are_counted_apart(run):
    short = run("solve", "--from", "4", "--to", "6", "-k", "1,3", "-s", "1", *WIDE)
    assert lines(short)[0] == "4 -> 6: 1 window"
    assert "note: 1 more with a padding of at least the kernel" in short.out
    every = run("solve", "--from", "4", "--to", "6", "-k", "1,3", "-s", "1", "--all", *WIDE)
    assert lines(every)[0] == "4 -> 6: 2 windows"


@pytest.mark.parametrize(
    ("args", "valid"),
    [
        ((UNET,), True),
        ((UNET, "--input", "500x375"), False),
        ((LENET, "--set", "H=33"), True),
        ((RESNET, "--output", "7x7", "--assume", "H >= 200"), True),
        ((LENET, "--output", "10x10"), False),
        (("examples/video_3d.yaml", "--trained-at", "16x112x112"), True),
    ],
    ids=str,
)
def test_json_is_of_the_published_schema(run, args, valid):
    schema = json.loads((SCHEMAS / "solve.schema.json").read_text(encoding="utf-8"))
    ended = run("solve", *args, "--format", "json")
    data = json.loads(ended.out)
    jsonschema.validate(data, schema)
    assert data["valid"] is valid
    assert ended.code == (not valid)


def test_json_of_windows_is_of_the_published_schema(run):
    schema = json.loads((SCHEMAS / "windows.schema.json").read_text(encoding="utf-8"))
    for args in (("224", "112"), ("H", "ceil(H/2)"), ("7", "14", "--transposed"), ("H", "H+H//2")):
        ended = run("solve", "--from", args[0], "--to", args[1], *args[2:], "--format", "json")
        data = json.loads(ended.out)
        jsonschema.validate(data, schema)
        assert bool(data["windows"]) is (ended.code == 0)


def test_schemas_are_schemas():
    for name in ("solve", "windows"):
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), "what is to be solved?"),
        (("missing.yaml",), "CS101"),
        ((UNET, "--from", "3", "--to", "3"), "about windows alone"),
        ((UNET, "-k", "3"), "-k chooses windows"),
        (("--from", "3"), "--from without --to"),
        (("--to", "3"), "--to without --from"),
        (("--from", "3", "--to", "3", "--keep-size"), "--keep-size asks about a model"),
        (("--from", "3", "--to", "3x4"), "one axis at a time"),
        (("--from", "3", "--to", "H"), "which sizes are meant"),
        (("--from", "3", "--to", "(("), "--to '((' is no size"),
        (("--from", "3", "--to", "3", "-k", "a"), "--kernel 'a' is no choice"),
        (("--from", "3", "--to", "3", "-k", "7..1"), "--kernel '7..1' is no choice"),
        (("--from", "3", "--to", "3", "-k", "0"), "a kernel of 0"),
        (("--from", "3", "--to", "3", "-k", "1..9000", "-s", "1..900"), "too many windows"),
        ((UNET, "--output", "7xa"), "'7xa' is no size"),
        ((UNET, "--output", "7", "--output", "8"), "the output has two sizes"),
        ((UNET, "--output", "none=7"), "there is no output 'none'"),
        ((UNET, "--output", "7x7x7x7"), "4 sizes for the output"),
        ((UNET, "--trained-at", "Q=3"), "--trained-at Q=3: there is no symbol 'Q'"),
        ((UNET, "--trained-at", "1x2x3"), "1x2x3 is no size of the input"),
        ((UNET, "--trained-at", "100"), "trained at H=100,W=100: the network does not take it"),
        ((RESNET, "--keep-size"), "have different axes"),
        ((UNET, "--assume", "H =="), "--assume"),
        ((UNET, "--assume", "Q == 3"), "there is no symbol 'Q'"),
        ((UNET, "--input", "3"), ""),
    ],
    ids=str,
)
def test_what_can_not_be_asked(run, args, says):
    ended = run("solve", *args)
    if not says:
        assert ended.code == 1  # 3x3 is a size, and does not fit
        return
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert "  fix: " in ended.err or "CS101" in ended.err or "CS301" in ended.err
    as_json = run("solve", *args, "--format", "json")
    schema = json.loads((SCHEMAS / "error.schema.json").read_text(encoding="utf-8"))
    assert as_json.code == 2
    jsonschema.validate(json.loads(as_json.out), schema)


def test_it_writes_to_a_file_but_not_over_the_design(run, tmp_path):
    target = tmp_path / "sizes.txt"
    assert run("solve", UNET, "-o", str(target)).code == 0
    assert target.read_text(encoding="utf-8").startswith("U-Net: inputs that fit\n")
    design = tmp_path / "net.yaml"
    design.write_text("input: [3, H, W]\nlayers: [relu]\n", encoding="utf-8")
    assert run("solve", str(design), "-o", str(design)).code == 2
    assert run("solve", "--from", "4", "--to", "2", "-o", str(target)).code == 0
    assert target.read_text(encoding="utf-8").startswith("4 -> 2: ")


def test_a_design_of_numbers_that_does_not_fit_is_told_to_use_letters(run):
    design = "input: [3, {}, 375]\nlayers: [max_pool: 2, upsample: {{scale_factor: 2}}, concat: [previous, input]]\n"
    fixed = run("solve", "-", stdin=design.format(500))
    assert fixed.code == 1
    assert "note: all sizes are numbers; with letters such as H and W" in " ".join(fixed.out.split())
    assert "all sizes are numbers" not in run("solve", "-", stdin=design.format("H")).out
