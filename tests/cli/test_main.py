"""The command as a whole: codes, streams, colors, closed pipes, interruptions, and what first-time users type."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from cnnshape.cli import main as main_module
from tests.cli.conftest import ROOT

SCHEMAS = ROOT / "docs" / "schemas"
LENET = "examples/lenet5.yaml"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("report", LENET), 0),
        (("report", LENET, "--symbolic"), 0),
        (("report", LENET, "--set", "H=40"), 1),
        (("check", LENET), 0),
        (("check", LENET, "--symbolic"), 0),
        (("check", LENET, "--set", "H=40"), 1),
        (("conv", "5", "-k", "3"), 0),
        (("conv", "3", "-k", "5"), 1),
        (("rule", "CS203"), 0),
        (("rule", "CS999"), 2),
        (("report", "missing.yaml"), 2),
        (("report",), 2),
        (("report", LENET, "--no-such-option"), 2),
        (("report", LENET, "--format", "pdf"), 2),
        (("nonsense",), 2),
        ((), 2),
        (("--help",), 0),
        (("report", "--help"), 0),
    ],
    ids=str,
)
def test_exit_codes(run, args, code):
    assert run(*args).code == code


def test_data_goes_to_standard_output_and_the_rest_to_standard_error(run):
    good = run("report", LENET, "--format", "csv")
    assert good.out.startswith("layer,")
    assert good.err.startswith("input (N, 1, H, W)")
    bad = run("report", "missing.yaml")
    assert bad.out == ""
    assert bad.err.startswith("error: missing.yaml: CS101")


@pytest.mark.parametrize(
    ("args", "fix"),
    [
        (("resnet50",), "did you mean: cnnshape report resnet50?"),
        ((LENET,), f"did you mean: cnnshape report {LENET}?"),
        ((LENET, "--symbolic"), f"did you mean: cnnshape report {LENET} --symbolic?"),
        (("nets.py:UNet",), "did you mean: cnnshape report nets.py:UNet?"),
        (("reprot", LENET), f"did you mean: cnnshape report {LENET}?"),
        (("chekc",), "did you mean: cnnshape check?"),
        (("conv2d",), "did you mean: cnnshape conv?"),
        (("convolution", "5", "-k", "3"), "did you mean: cnnshape conv 5 -k 3?"),
        (("Max_Pool", "8"), "did you mean: cnnshape pool 8?"),
        (("predict", LENET, "--random"), f"did you mean: cnnshape run {LENET} --random?"),
        (("deconv", "7"), "did you mean: cnnshape conv-transpose 7?"),
        (("frobnicate",), "list the commands with: cnnshape --help"),
    ],
    ids=str,
)
def test_a_word_that_is_no_command_is_answered_with_what_was_meant(run, args, fix):
    ended = run(*args)
    assert ended.code == 2
    assert f"  fix: {fix}\n" in ended.err


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("model.pth", "pickles are never loaded"),
        ("model.pt", "pickles are never loaded"),
        ("model.h5", "there is no such file"),
        ("model.pb", "a graph of TensorFlow"),
        ("model.tflite", "compiled for TensorFlow Lite"),
        ("model.safetensors", "weights without the layers"),
        ("nets.py:UNet", "there is no such file"),
        ("no_such_package:make('resnet50d')", "there is no module 'no_such_package'"),
        ("zoo:resnet51", "the zoo has no network 'resnet51'"),
        ("examples/lenet.yaml", "did you mean examples/lenet5.yaml?"),
        ("examples", "is a directory"),
        ("", "no model is named"),
    ],
)
def test_what_is_no_design_is_answered_with_what_to_give_instead(run, model, says):
    ended = run("report", model)
    assert ended.code == 2
    assert says in ended.err
    assert re.search(r"\n  fix: \S", ended.err)


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (("--set", "H=256", "W=256"), "join sizes by commas: --set ...,W=256"),
        (("--set", "N=2", "H=256", "W=256"), "join sizes by commas: --set ...,H=256,W=256"),
        (("more",), "cnnshape report --help"),
    ],
    ids=str,
)
def test_sizes_without_commas_are_answered_with_commas(run, words, fix):
    ended = run("report", LENET, *words)
    assert ended.code == 2
    assert f"  fix: {fix}\n" in ended.err


def test_no_file_of_another_program_is_opened(run, tmp_path):
    evil = tmp_path / "model.pth"
    evil.write_bytes(b"cos\nsystem\n(S'touch hacked'\ntR.")
    assert run("report", str(evil)).code == 2
    assert not Path("hacked").exists()


@pytest.mark.parametrize(
    "args",
    [
        ("report", "missing.yaml", "--format", "json"),
        ("report", LENET, "--format=json", "--set", "Q=3"),
        ("report", LENET, "--format", "json", "--rows", "many"),
        ("check", "model.pth", "--format", "json"),
    ],
)
def test_errors_of_the_command_are_json_where_json_is_asked_for(run, args):
    ended = run(*args)
    data = json.loads(ended.out)
    jsonschema.validate(data, json.loads((SCHEMAS / "error.schema.json").read_text(encoding="utf-8")))
    assert ended.code == 2
    assert ended.err == ""


def test_a_fault_of_our_own_is_one_message_and_no_traceback(run, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("out of order")

    monkeypatch.setattr("cnnshape.cli.report.evaluated", broken)
    ended = run("report", LENET)
    assert ended.code == 2
    assert ended.err.startswith("error: CS000: RuntimeError: out of order\n")
    assert "Traceback" not in ended.err
    assert "Traceback" in run("report", LENET, "--debug").err


@pytest.mark.parametrize("failure", [MemoryError(), RecursionError("too deep"), OSError(28, "No space left on device")])
def test_whatever_fails_is_said_in_words(run, monkeypatch, failure):
    def broken(*args, **kwargs):
        raise failure

    monkeypatch.setattr("cnnshape.cli.report.evaluated", broken)
    ended = run("report", LENET)
    assert ended.code == 2
    assert ended.err.startswith("error: CS00")
    assert "Traceback" not in ended.err


def test_an_interruption_is_quiet(run, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnshape.cli.report.evaluated", interrupted)
    ended = run("report", LENET)
    assert (ended.code, ended.out, ended.err) == (130, "", "\n")  # below the ^C of a terminal


def test_a_closed_pipe_ends_quietly():
    # vgg16's layers as JSON are more than a pipe holds, so that the writer notices.
    writer = subprocess.Popen(
        [sys.executable, "-m", "cnnshape", "report", "examples/resnet50.yaml", "--format", "json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout.readline() == b"{\n"
    writer.stdout.close()
    assert writer.wait(60) == 0
    assert writer.stderr.read() == b""
    writer.stderr.close()


def test_a_full_device_is_said(process):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "cnnshape", "report", LENET],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert ended.returncode == 2
    assert "No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_in_a_pipe_there_are_no_colors_and_nothing_is_cropped(process):
    ended = process("report", "examples/vgg16.yaml", "--detail", "op")
    assert "\x1b" not in ended.stdout
    assert "activ." in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) > 80


def test_ascii_where_the_encoding_is_not_utf8(process):
    for encoding in ("ascii", "latin-1", "cp1252"):
        ended = process("report", LENET, "--format", "tree", env={"PYTHONIOENCODING": encoding})
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.isascii()


LOCALES = {"LC_ALL": "", "LC_CTYPE": "", "LANG": "", "PYTHONIOENCODING": "", "PYTHONUTF8": ""}


@pytest.mark.parametrize("form", ["tree", "json"])
@pytest.mark.parametrize(
    ("env", "boxes"),
    [
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "C.UTF-8"}, False),
        ({"LANG": "C"}, False),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, True),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({}, True),
    ],
    ids=str,
)
def test_the_locale_c_gets_ascii_where_it_is_asked_for(process, tmp_path, form, env, boxes):
    path = tmp_path / "net.yaml"
    path.write_text(
        "cnnshape: 1\nname: größe\ninput: [3, 8, 8]\nlayers:\n  - {name: 層, max_pool: 2}\n",
        encoding="utf-8",
    )
    ended = process("report", str(path), "--format", form, env={**LOCALES, **env}, encoding="utf-8")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.isascii() is not boxes


@pytest.mark.parametrize(
    ("args", "env", "colored"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colors_in_a_pipe(run, monkeypatch, args, env, colored):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run("report", LENET, *args).out) is colored


def in_a_terminal(args: list[str], columns: int, **env: str) -> str:
    """What the command writes to a terminal of that width."""
    pty = pytest.importorskip("pty", reason="terminals are simulated on Unix only")
    command = [sys.executable, "-m", "cnnshape", *args]
    pid, screen = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.environ.pop("NO_COLOR", None)
        os.environ.update({"COLUMNS": str(columns), "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **env})
        os.execv(command[0], command)  # the test's own program
    out = b""
    while True:
        try:
            part = os.read(screen, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    os.waitpid(pid, 0)
    os.close(screen)
    return out.decode()


def test_a_terminal_gets_colors_and_lines_that_fit():
    for columns in (60, 100):
        text = in_a_terminal(["report", "examples/vgg16.yaml"], columns)
        assert "\x1b[1m" in text
        assert max(map(len, re.sub(r"\x1b\[\d+m", "", text).splitlines())) <= columns


def test_a_dumb_terminal_gets_no_colors():
    assert "\x1b[" not in in_a_terminal(["report", LENET], 80, TERM="dumb")


def test_an_interrupted_process_leaves_with_130():
    command = [sys.executable, "-m", "cnnshape", "report", LENET, "--watch"]
    # A shell has its background jobs ignore the signal, and so would what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watcher = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    signal.signal(signal.SIGINT, before)
    with watcher:
        try:
            assert watcher.stdout.readline() == b"LeNet-5\n"
            watcher.send_signal(signal.SIGINT)
            _, err = watcher.communicate(timeout=60)
        finally:
            watcher.kill()
    assert watcher.returncode == 130
    assert err.strip() == b""


def test_the_version_is_printed(run):
    assert run("--version").out.startswith("cnnshape ")


def test_every_command_is_there_and_documented():
    for name, (place, words) in main_module.COMMANDS.items():
        command = main_module.cli.get_command(None, name)
        assert command.name == name, place
        assert len(words) + 2 <= 80 - len("conv-transpose  ")
        assert words.endswith(".")


@pytest.mark.parametrize("name", ["", *main_module.COMMANDS])
def test_help_pages(run, name):
    """Compares with the page that is kept; after a wanted change: CNNSHAPE_SNAPSHOTS=write pytest tests/cli."""
    page = run(*filter(None, (name, "--help"))).out
    kept = Path(__file__).parent / "help" / f"{name or 'cnnshape'}.txt"
    if os.environ.get("CNNSHAPE_SNAPSHOTS") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(page, encoding="utf-8")
    assert page == kept.read_text(encoding="utf-8")
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("name", main_module.COMMANDS)
def test_the_examples_of_a_help_page_run(run, name, monkeypatch, tmp_path):
    page = run(name, "--help").out
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "net.yaml").symlink_to(ROOT / LENET)
    np.save(tmp_path / "x.npy", np.ones((1, 1, 32, 32), np.float32))
    monkeypatch.chdir(tmp_path)
    import shlex

    lines = [line.strip() for line in page.split("Examples:")[-1].splitlines() if line.strip().startswith("cnnshape ")]
    for line in lines:
        words = shlex.split(line.split(" > ")[0])
        if any(word.endswith(".onnx") for word in words):
            pytest.importorskip("onnx")
        assert run(*words[1:]).code in (0, 1), line


def test_the_command_loads_neither_sympy_nor_numpy_nor_networkx_nor_rich():
    code = (
        "import sys\n"
        "from cnnshape.cli.main import main\n"
        "try:\n"
        "    main(['report', 'examples/resnet50.yaml'])\n"
        "except SystemExit:\n"
        "    print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    loaded = set(done.stderr.split())
    assert "click" in loaded
    assert loaded.isdisjoint({"sympy", "numpy", "networkx", "rich", "graphviz", "torch", "onnx", "keras"})


def test_a_missing_model_is_answered_with_calls(run):
    ended = run("explain")
    assert ended.code == 2
    assert "  fix: cnnshape explain net.yaml, or a published network: cnnshape explain resnet50\n" in ended.err


def test_every_other_word_for_a_command_means_one():
    assert set(main_module._MEANT.values()) <= main_module.COMMANDS.keys()
    assert not main_module._MEANT.keys() & main_module.COMMANDS.keys()
