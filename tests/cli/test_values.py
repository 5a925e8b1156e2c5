"""The calculators' value of one output: files of data and weights, against NumPy; what does not fit is said."""

import pickle
import random
import re
from math import exp, tanh

import numpy as np
import pytest

IMAGE, CROSS = "examples/notes/image.csv", "examples/notes/cross.csv"
# https://web.archive.org/web/2013/http://deeplearning.stanford.edu/wiki/index.php/Feature_extraction_using_convolution
PUBLISHED = [[4, 3, 4], [2, 4, 3], [2, 3, 4]]


@pytest.fixture
def save(tmp_path):
    """Save an array, or a text, and return its name."""

    def call(name, content):
        path = tmp_path / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            np.save(path, content)
        return str(path)

    return call


def value_of(out, label):
    """The number at the end of a labeled line."""
    (line,) = re.findall(
        rf"^{label} +(?:.*?= ?)?(-?[\d.e+-]+)(?:   \(.*)?$", out.replace("\n" + " " * 12, " "), re.MULTILINE
    )
    return float(line)


def test_the_whole_answer(run):
    ended = run(
        "conv", "5", "-k", "3", "-s", "1", "-p", "0", "--data", IMAGE, "--kernel", CROSS, "-b", "0", "--at", "0,0"
    )
    assert (ended.code, ended.err) == (0, "")
    assert (
        ended.out
        == """\
5x5 -> 3x3

rule        floor((d - N + 2*p)/s) + 1
where       d input, N kernel, p padding on each side, s stride
            floor((5 - 3 + 2*0)/1) + 1 = 3
            cut off: nothing

output      filter 0, row 0, column 0 (counted from 0)
window      rows 0 to 2, columns 0 to 2 of the input

            input         kernel        products
            1  1  1       1  0  1       1  0  1
            0  1  1   *   0  1  0   =   0  1  0
            0  0  1       1  0  1       0  0  1

sum         1 + 0 + 1 + 0 + 1 + 0 + 0 + 0 + 1 = 4
bias        4 + 0 = 4   (one number for the whole filter, added once)
"""
    )


@pytest.mark.parametrize("at", [(i, j) for i in range(3) for j in range(3)])
def test_the_published_map(run, at):
    out = run("conv", "--data", IMAGE, "-k", CROSS, "--at", f"{at[0]},{at[1]}").out
    assert value_of(out, "sum") == PUBLISHED[at[0]][at[1]]


@pytest.mark.parametrize(
    ("name", "value"),
    [("relu", 0), ("sigmoid", 1 / (1 + exp(1.5))), ("tanh", tanh(-1.5)), ("ReLU", 0), ("swish", -1.5 / (1 + exp(1.5)))],
)
def test_the_activation_comes_after_the_bias(run, name, value):
    out = run("conv", "--data", IMAGE, "-k", CROSS, "-b", "-5.5", "--activation", name).out
    assert value_of(out, "bias") == -1.5
    assert f"= {value:.6g}" in out.splitlines()[-1 - ("rounded" in out)]


def test_convolutions_as_numpy_sums_them(run, save):
    rng, random_numbers = random.Random(3), np.random.default_rng(3)
    for case in range(25):
        g = rng.choice([1, 1, 2, 3])
        c, out = g * rng.randint(1, 2), g * rng.randint(1, 2)
        kh, kw, s, d, p = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 3), rng.randint(1, 2), rng.randint(0, 2)
        x, w = random_numbers.integers(-9, 9, (c, 9, 11)), random_numbers.integers(-9, 9, (out, c // g, kh, kw))
        b = random_numbers.integers(-9, 9, out)
        f = rng.randrange(out)
        padded = np.pad(x, ((0, 0), (p, p), (p, p)))
        rows, columns = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k in ((9, kh), (11, kw)))
        i, j = rng.randrange(rows), rng.randrange(columns)
        group = padded[f // (out // g) * (c // g) :][: c // g]
        window = group[:, i * s : i * s + d * (kh - 1) + 1 : d, j * s : j * s + d * (kw - 1) + 1 : d]
        files = ["--data", save("x.npy", x[None] if case % 2 else x), "-k", save("w.npy", w)]
        biases = ",".join(map(str, b)) if case % 3 else save("b.npy", b)
        ended = run("conv", *files, "-b", biases, *f"-s {s} -d {d} -p {p} -g {g} --out {out} --at {f},{i},{j}".split())
        assert ended.err == ""
        assert value_of(ended.out, "sum") == (window * w[f]).sum()
        assert value_of(ended.out, "bias") == (window * w[f]).sum() + b[f]
        assert f"-> {out}x{rows}x{columns}" in ended.out
        assert max(map(len, ended.out.splitlines())) <= 80


def test_same_padding_and_its_odd_pixel(run, save):
    x = save("x.csv", "1 2 3 4\n")
    upper = run("conv", "--data", x, "-k", save("w.csv", "1 10 100"), "-s", "2", "-p", "same_upper", "--at", "1").out
    lower = run("conv", "--data", x, "-k", save("w.csv", "1 10 100"), "-s", "2", "-p", "same_lower", "--at", "0").out
    assert value_of(upper, "sum") == 3 + 40  # one zero, at the end
    assert value_of(lower, "sum") == 10 + 200  # one zero, at the start


def test_transposed_as_numpy_scatters(run, save):
    rng, numbers = random.Random(4), np.random.default_rng(4)
    for _ in range(15):
        k, s, d, p, g = rng.randint(1, 4), rng.randint(1, 3), rng.randint(1, 2), rng.randint(0, 1), rng.choice([1, 2])
        x, w = numbers.integers(-9, 9, (2, 4, 5)), numbers.integers(-9, 9, (2, 3, k, k))
        full = np.zeros((3 * g, 3 * s + d * (k - 1) + 1, 4 * s + d * (k - 1) + 1), int)
        for c, i, j, o, a, b in np.ndindex(2, 4, 5, 3, k, k):
            full[(c // (2 // g)) * 3 + o, i * s + a * d, j * s + b * d] += x[c, i, j] * w[c, o, a, b]
        y = full[:, p : full.shape[1] - p, p : full.shape[2] - p]
        if 0 in y.shape:
            continue
        at = tuple(rng.randrange(size) for size in y.shape)
        ended = run(
            *f"conv-transpose -s {s} -d {d} -p {p} -g {g} --at {at[0]},{at[1]},{at[2]}".split(),
            *("--data", save("x.npy", x), "-k", save("w.npy", w), "--activation", "relu"),
        )
        assert ended.err == ""
        assert f"= {max(0, y[at])}" in ended.out.splitlines()[-1]


def test_the_taps_of_a_transposed_convolution_are_named(run):
    out = run(*["conv-transpose", "-s", "2", "-p", "1", "--at", "3,2"], "--data", IMAGE, "-k", CROSS).out
    assert "window      rows 1 and 2 of the input with rows 2 and 0 of the kernel\n" in out
    assert "            column 1 of the input with column 1 of the kernel\n" in out


def test_a_place_that_no_input_reaches(run, save):
    ended = run("conv-transpose", "--data", save("x.csv", "1 2"), "-k", save("w.csv", "5"), "-s", "3", "--at", "1")
    assert "window      no number of the input reaches this position" in ended.out
    assert "sum         0" in ended.out


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        ("-k 2 --at 1,1", ["largest     max(1, 1, 1, 1) = 1", "found at    row 2, column 2 of the input"]),
        ("-k 2 --op average --at 0,0", ["sum         1 + 1 + 0 + 1 = 3", "mean        3 / 4 = 0.75"]),
        ("-k 3 -s 2 -p 1 --at 0,1", ["outside     row -1: shown as (-), never the largest"]),
        ("-k 3 -s 2 -p 1 --op average --at 0,1", ["counts in the mean", "5 / 9 = 0.555556"]),
        ("-k 3 -s 2 -p 1 --op average --no-count-include-pad --at 0,1", ["does not count", "5 / 6 = 0.833333"]),
        ("-k 2 --ceil --op average --at 2,2", ["beyond the padding", "mean        0 / 1 = 0"]),
        ("5 -k 2x3 --at 0,0", ["5x5 -> 2x1", "max(1, 1, 1, 0, 1, 1) = 1"]),
    ],
)
def test_pools(run, args, lines):
    ended = run("pool", "--data", IMAGE, *args.split())
    assert (ended.code, ended.err) == (0, "")
    for line in lines:
        assert line in ended.out


@pytest.mark.parametrize(
    ("x", "w", "more", "header"),
    [
        ((5, 5), (3, 3), "", "5x5 -> 3x3"),
        ((1, 5, 5), (3, 3), "", "1x5x5 -> 1x3x3"),
        ((3, 5, 5), (3, 3, 3), "", "3x5x5 -> 1x3x3"),
        ((3, 5, 5), (3, 3), "-g 3", "3x5x5 -> 3x3x3"),
        ((1, 3, 5, 5), (8, 3, 3, 3), "--out 8", "3x5x5 -> 8x3x3"),
        ((9,), (3,), "", "9 -> 7"),
        ((1, 9), (1, 3), "", "9 -> 7"),
        ((2, 9), (4, 2, 3), "", "2x9 -> 4x7"),
        ((9,), (4, 1, 3), "", "1x9 -> 4x7"),
        ((5, 6, 7), (3, 3, 3), "", "5x6x7 -> 3x4x5"),
        ((1, 2, 5, 6, 7), (4, 2, 3, 3, 3), "", "2x5x6x7 -> 4x3x4x5"),
        ((5, 9), (1, 3), "", "5x9 -> 5x7"),
        ((5, 5), (3, 3), "5", "5x5 -> 3x3"),
        ((5, 5), (3, 3), "5x5 -k 3x3", "5x5 -> 3x3"),
        ((3, 5, 6), (8, 3, 3, 3), "3x5x6", "3x5x6 -> 8x3x4"),
    ],
)
def test_what_the_axes_are(run, save, x, w, more, header):
    ended = run("conv", *more.split(), "--data", save("x.npy", np.ones(x)), "-k", save("w.npy", np.ones(w)))
    assert ended.err == ""
    assert ended.out.splitlines()[0] == header


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float32", "float64", ">f4", "longdouble"])
def test_types_of_numbers(run, save, dtype):
    x = np.eye(3).astype(dtype)
    ended = run("conv", "--data", save("x.npy", np.asfortranarray(x)), "-k", save("w.npy", x))
    assert value_of(ended.out, "sum") == 3


def test_text_by_hand(run, save):
    x = save("x.txt", "# two channels\n1 2\n3 4\n\n10; 20;\n# the last row\n30\t40\n\n\n")
    ended = run("conv", "--data", x, "-k", save("w.csv", "1,0\n0,1\n\n.5,0\n0,-1e1\n"))
    assert "channel 1" in ended.out
    assert value_of(ended.out, "sum") == 5 + 5 - 400


def test_many_channels_and_large_kernels_are_cut_short(run, save):
    numbers = np.random.default_rng(1)
    x, w = numbers.normal(size=(64, 31, 31)), numbers.normal(size=(1, 64, 15, 15))
    out = run("conv", "--data", save("x.npy", x), "-k", save("w.npy", w), "-b", "1", "--at", "3,2").out
    assert len(out.splitlines()) < 200
    assert max(map(len, out.splitlines())) <= 80
    assert "channels 3 to 63 in the same way" in out
    expected = (x[:, 3:18, 2:17] * w[0]).sum() + 1
    assert value_of(out, "bias") == pytest.approx(expected, rel=1e-5)


def test_of_a_large_map_only_the_window_is_read(run, tmp_path):
    """A sparse file of 512 MiB: were it read, this would take seconds and the memory."""
    import tracemalloc

    path = tmp_path / "x.npy"
    np.lib.format.open_memmap(path, mode="w+", dtype="f4", shape=(1, 128, 1024, 1024))
    tracemalloc.start()
    ended = run("pool", "-k", "2", "--data", str(path), "--at", "127,500,500")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "largest     max(0, 0, 0, 0) = 0" in ended.out
    assert peak < 20_000_000


class Attack:
    """What a pickle could do."""

    def __reduce__(self):
        return exec, ("raise SystemExit('run')",)


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("x.npy", np.array([Attack()], dtype=object), "CS100", "holds pickled Python objects"),
        ("x.npy", pickle.dumps([1, 2]), "CS100", "is no .npy file, or a damaged one"),
        ("x.npy", b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'shape': (9, 9)", "CS100", "damaged"),
        ("x.npy", b"PK\x03\x04" + b"0" * 99, "CS100", "damaged"),
        ("x.npy", b"\x93NUMPY\x01\x00\x88\x13{'descr': '<f8', 'shape': " + b"(" * 4972 + b"\n", "CS100", "damaged"),
        ("x.npy", b"\x93NUMPY\x01\x00\x88\x13{'shape': " + b"(" * 2492 + b")" * 2497 + b"}", "CS100", "damaged"),
        ("x.npy", b"", "CS103", "the file is empty"),
        ("x.npy", np.float64(3), "CS100", "a single number without axes"),
        ("x.npy", np.array(["2020-01-01"], dtype="M8[D]"), "CS100", "no real numbers"),
        ("x.npy", np.zeros(3, dtype=[("a", "f8")]), "CS100", "no real numbers"),
        ("x.npy", np.ones((0, 3)), "CS103", "the array is empty"),
        ("x.npy", np.ones((3, 3), complex), "CS100", "holds complex128, no real numbers"),
        ("x.npy", np.array([["a", "b"]]), "CS100", "no real numbers"),
        ("x.npy", np.array([[1, np.nan, 3], [1, 2, 3], [1, 2, 3]]), "CS100", "the number at 0, 1 is nan"),
        ("x.csv", "1,2\n3,nan\n", "CS100", "x.csv:2: CS100: 'nan' is no number"),
        ("x.csv", "1,2\n3,inf\n", "CS100", "'inf' is no number"),
        ("x.csv", "1,2\n3,1e999\n", "CS100", "'1e999' is no number"),
        ("x.csv", "1,2\n3,0x10\n", "CS100", "'0x10' is no number"),
        ("x.csv", "a,b\n3,4\n", "CS100", "x.csv:1: CS100: 'a' is no number"),
        ("x.csv", "1,2\n3\n", "CS100", "x.csv:2: CS100: 1 number, the first row has 2"),
        ("x.csv", "1 2\n3 4\n\n5 6\n", "CS100", "its blocks have 2, 1 rows"),
        ("x.csv", "1 2\n3 4\n\n5 6 7\n", "CS100", "3 numbers, the first row has 2"),
        ("x.csv", "# nothing\n", "CS103", "holds no numbers"),
        ("x.csv", b"\xff\xfe1\x00", "CS100", "is no text"),
        ("x.csv", "1 " * 600_000, "CS105", "larger than 1 MB"),
        ("x.npz", b"PK", "CS100", "numpy.load('x.npz')"),
        ("x.png", b"\x89PNG", "CS100", "a file .png is not read"),
        ("x.npy", np.ones((2, 3, 5, 5)), "CS013", "2 images"),
        ("x.npy", np.ones((1, 1, 1, 1, 1, 5, 5)), "CS013", "shape 1x1x1x1x1x5x5"),
    ],
)
def test_files_that_are_no_data(run, save, name, content, code, says):
    file = save(name, content) if not name.endswith(("npz", "png")) else save(name, bytes(content))
    ended = run("pool", "-k", "2x2", "-s", "1", "--data", file)
    assert (ended.code, ended.out) == (2, "")
    assert code in ended.err
    assert says in ended.err
    assert len(ended.err.splitlines()) >= 3


def test_a_file_that_says_more_than_it_holds_takes_no_memory(run, save):
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999, 9999999), }"
    ended = run("pool", "-k", "2", "--data", save("x.npy", b"\x93NUMPY\x01\x00" + bytes([len(head), 0]) + head))
    assert (ended.code, ended.out) == (2, "")
    assert "CS100" in ended.err


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ("conv -k {w}", 2, "there is no data"),
        ("conv 5 -k 3 --at 0,0", 2, "--at 0,0 asks for the value of an output, and there is no data"),
        ("conv 5 -k 3 -b 1", 2, "there is no data"),
        ("conv 5 -k 3 --activation relu", 2, "there is no data"),
        ("conv -k 3 --data {x}", 2, "needs the weights of the kernel"),
        ("conv -k 3", 2, "Missing argument 'SIZE'"),
        ("conv -k 3 -k 4 5", 2, "-k is given 2 times"),
        ("conv -k {w} -k {w} --data {x}", 2, "-k is given 2 times"),
        ("pool -k {w} 5", 2, "a pool has no weights"),
        ("conv -k {w} -k 5 --data {x}", 2, "-k says 5, examples/notes/cross.csv is 3x3"),
        ("conv 6 -k {w} --data {x}", 2, "SIZE says 6, examples/notes/image.csv is 5x5"),
        ("conv H -k {w} --data {x}", 2, "SIZE says H"),
        ("conv --out 2 -k {w} --data {x}", 2, "--out says 2"),
        ("conv -g 2 -k {w} --data {x}", 2, "do not fit"),
        ("conv -g 0 -k {w} --data {x}", 2, "CS401"),
        ("conv -g G -k {w} --data {x}", 2, "-g G: data has sizes, not symbols"),
        ("conv -k {w} --data {x} --at 3,0", 2, "row 0..2, column 0..2"),
        ("conv -k {w} --data {x} --at 1,0,0", 2, "filter 0..0"),
        ("conv -k {w} --data {x} --at -1,0", 2, "counted from 0"),
        ("conv -k {w} --data {x} --at 0", 2, "--at row,column"),
        ("conv -k {w} --data {x} --at 0,0,0,0", 2, "--at row,column"),
        ("conv -k {w} --data {x} --at a,b", 2, "--at row,column"),
        ("conv -k {w} --data {x} --at ,", 2, "--at row,column"),
        ("conv -k {w} --data {x} -b 1,2", 2, "the bias of 1 filter?"),
        ("conv -k {w} --data {x} -b one", 2, "the bias of 1 filter?"),
        ("conv -k {w} --data {x} -b nan", 2, "the bias of 1 filter?"),
        ("conv -k {w} --data {x} -b {x}", 2, "holds 5x5 numbers"),
        ("conv -k {w} --data {x} -b 1 --no-bias", 2, "contradict each other"),
        ("conv -k {w} --data {x} --activation relo", 2, "fix: --activation relu"),
        ("conv -k {w} --data {x} --activation softmax", 2, "no activation of one number"),
        ("conv -k {w} --data examples/notes/imag.csv", 2, "did you mean examples/notes/image.csv?"),
        ("conv -k {w} --data examples/notes", 2, "CS102"),
        ("conv -k {x} --data {w}", 1, "CS203"),
        ("conv -k {w} --data {x} -s s", 2, "CS"),
        ("conv -k {w} --data {x} -p P", 2, "-p P: data has sizes, not symbols"),
        ("conv -k {w} --data {x} -d D", 2, "-d D: data has sizes, not symbols"),
        ("pool -k K -s 1 --data {x}", 2, "-k K: data has sizes, not symbols"),
        ("pool -k 2x2x2 --data {x}", 2, "shape 5x5"),
        ("pool -k 2 --op median --data {x}", 2, "median"),
    ],
)
def test_what_does_not_work_is_said(run, args, code, says):
    ended = run(*args.format(x=IMAGE, w=CROSS).split())
    assert (ended.code, ended.out) == (code, "")
    assert says in ended.err
    assert "Traceback" not in ended.err


def test_a_kernel_beyond_all_hands(run, save):
    x = np.broadcast_to(np.float32(0), (1, 1100, 1100))
    ended = run("pool", "-k", "1100", "--data", save("x.npy", x))
    assert ended.code == 2
    assert "one output is made of 1,210,000 numbers" in ended.err
