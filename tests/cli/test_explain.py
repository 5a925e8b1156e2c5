"""`cnnshape explain`: what it prints, and how it ends."""

import json

import pytest

ALEXNET = "examples/alexnet.yaml"


def test_a_layer(run):
    ended = run("explain", ALEXNET, "conv1")
    assert ended.code == 0
    assert ended.out.startswith("AlexNet, conv1: Conv 11x11 /4\n")
    assert "  H, W        floor((224 - 11 + 2*2)/4) + 1 = 55\n" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_topics(run):
    out = run("explain", ALEXNET, "conv1", "--of", "params").out
    assert "parameters: 23,296\n" in out
    assert "multiply-adds" not in out
    several = run("explain", ALEXNET, "--of", "params,inputs").out
    assert "parameters: " in several
    assert "inputs that fit: H >= 63, W >= 63\n" in several


def test_the_network(run):
    out = run("explain", "examples/resnet50.yaml").out
    assert "all in one  ceil(ceil(ceil(ceil(ceil(H/2)/2)/2)/2)/2) = ceil(H/32)\n" in out
    assert "receptive field along H, W (the whole input; by windows alone): 427 pixels" in out


def test_formulas_unless_sizes_are_given(run):
    symbolic = run("explain", ALEXNET, "conv1", "--of", "macs", "--symbolic").out
    assert "floor((H + 1)/4)" in symbolic
    assert "multiply-adds, one image: 17,902,080" not in symbolic
    # 363*64 for each of 27*27 positions, as floor((112 - 11 + 4)/4) + 1 = 27.
    sized = run("explain", ALEXNET, "conv1", "--of", "macs", "--input", "112").out
    assert "363*46656 = 16,936,128\n" in sized


def test_a_block(run):
    ended = run("explain", "examples/unet.yaml", "up4", "--input", "256")
    assert ended.code == 0
    assert ended.out.startswith("U-Net, up4\n")


def test_unknown_words(run):
    ended = run("explain", "examples/resnet50.yaml", "layer2.frist1")
    assert (ended.code, ended.out) == (2, "")
    assert "CS005" in ended.err
    assert "did you mean layer2.first1" in ended.err
    ended = run("explain", ALEXNET, "--of", "parms")
    assert ended.code == 2
    assert "did you mean params?" in ended.err


def test_sizes_that_do_not_fit_end_with_one(run):
    ended = run("explain", "examples/lenet5.yaml", "c1", "--set", "H=3")
    assert ended.code == 1
    assert "floor((3 - 5 + 2*0)/1) + 1 = -1" in ended.out
    assert "CS203 c1" in ended.out


def test_formats(run, tmp_path):
    data = json.loads(run("explain", ALEXNET, "conv1", "--format", "json").out)
    assert data["schema"] == "cnnshape.explanation/1"
    assert run("explain", ALEXNET, "conv1", "--format", "markdown").out.startswith("## AlexNet, conv1")
    path = tmp_path / "conv1.tex"
    assert run("explain", ALEXNET, "conv1", "--format", "latex", "-o", str(path)).code == 0
    assert r"\left\lfloor" in path.read_text(encoding="ascii")


def test_standard_input(run):
    design = "input: [3, 8, 8]\nlayers: [{conv: {out_channels: 4, kernel_size: 3}}]\n"
    assert "parameters: 112" in run("explain", "-", "conv1", stdin=design).out


def test_a_report_in_latex(run, tmp_path):
    path = tmp_path / "table.tex"
    assert run("report", "examples/lenet5.yaml", "-o", str(path)).code == 0
    assert r"\begin{tabular}" in path.read_text(encoding="ascii")
    assert r"\begin{tabular}" in run("report", "examples/lenet5.yaml", "--format", "latex").out


def test_the_calculators_in_latex(run):
    # Dumoulin and Visin, A guide to convolution arithmetic: relationship 6 with i = 5, k = 3, s = 2, p = 1 gives 3.
    out = run("conv", "5", "-k", "3", "-s", "2", "-p", "1", "--format", "latex").out
    assert r"\left\lfloor \frac{5 - 3 + 2 \cdot 1}{2} \right\rfloor + 1 = 3" in out
    assert r"\textbf{size of the output: $5$ $\to$ $3$}" in out
    assert "batch" not in out
    whole = run("conv", "3x227x227", "--out", "96", "-k", "11", "-s", "4", "--format", "latex").out
    assert r"\textbf{parameters: $34{,}944$}" in whole  # AlexNet's first convolution
    assert r"363 \cdot 290{,}400 = 105{,}415{,}200" in whole
    assert r"\frac{H}{2}" in run("pool", "64xHxW", "-k", "2", "--format", "latex").out
    assert (
        r"(7 - 1) \cdot 2 + 4 - 2 \cdot 1 = 14"
        in run("conv-transpose", "7", "-k", "4", "-s", "2", "-p", "1", "--format", "latex").out
    )


def test_a_value_is_text_alone(run):
    files = ("-k", "examples/notes/cross.csv", "--data", "examples/notes/image.csv")
    ended = run("conv", *files, "--format", "latex")
    assert ended.code == 2
    assert "leave out --format, or --data" in ended.err


def test_calculators_refuse_in_latex_as_in_text(run):
    ended = run("conv", "3", "-k", "5", "--format", "latex")
    assert (ended.code, ended.out) == (1, "")
    assert "CS203" in ended.err


@pytest.mark.parametrize(
    ("word", "topic"),
    [
        ("field", "receptive-field"),
        ("rf", "receptive-field"),
        ("shape", "size"),
        ("activations", "memory"),
        ("flops", "macs"),
    ],
)
def test_other_words_for_a_topic_are_known(run, word, topic):
    assert f"  fix: did you mean {topic}?\n" in run("explain", ALEXNET, "conv1", "--of", word).err
