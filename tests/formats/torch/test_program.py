"""Exported programs (.pt2) against PyTorch: shapes, parameters, outputs, names; and files that are no programs."""

from __future__ import annotations

import json
import os
import zipfile

import numpy as np
import pytest

import cnnshape as cs
from cnnshape.errors import CnnshapeError, ReadError
from cnnshape.formats.torch.program import read_program

torch = pytest.importorskip("torch")
from tests.formats.torch import modules, sequences  # noqa: E402  # they need torch

nn, F = torch.nn, torch.nn.functional
Dim = torch.export.Dim


class Bottleneck(nn.Module):
    """A block of a residual network, with squeeze and excite."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.BatchNorm2d(8)
        self.fc1, self.fc2 = nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(x))
        y = y * torch.sigmoid(self.fc2(F.relu(self.fc1(y.mean((2, 3), keepdim=True)))))
        return {"map": self.relu(y + x), "pooled": F.adaptive_avg_pool2d(y, 1).flatten(1)}


class Mixed(nn.Module):
    """Group norm, resizing, padding, parts, positions and choices."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(4, 8, 3, padding=1, padding_mode="reflect"), nn.GroupNorm(2, 8)
        self.register_buffer("table", torch.randn(8, 1, 1))

    def forward(self, x):
        y = F.silu(self.norm(self.conv(x))) * self.table
        a, b = y.chunk(2, 1)
        b = F.interpolate(F.max_pool2d(b, 2), size=a.shape[-2:], mode="bilinear")
        y = torch.where(a > b, a, -b)[:, ::2, 1:]
        return F.pad(y, (1, 2)), y.var(dim=1).clamp(min=0.1)


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 8)
        self.rnn = nn.LSTM(8, 5, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(10, 4, batch_first=True)

    def forward(self, tokens):
        x, _ = self.rnn(self.embed(tokens))
        return self.gru(x)[0]


class Causal(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.norm = nn.Linear(8, 24), nn.LayerNorm(8)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return x + y.transpose(1, 2).flatten(2)


IMAGE = {0: Dim("batch"), 2: Dim("height", min=8), 3: Dim("width", min=8)}
WORDS = {0: Dim("batch"), 1: Dim("length", min=3)}
ROWS = [
    (Bottleneck, (2, 3, 32, 40), IMAGE, (3, 3, 21, 26)),
    (Mixed, (2, 4, 32, 40), IMAGE, (3, 4, 20, 26)),
    (modules.Lenet, (2, 1, 32, 32), {0: Dim("batch")}, (5, 1, 32, 32)),
    (modules.Convnext, (2, 6, 32, 40), IMAGE, (1, 6, 19, 22)),
    (modules.Upscale, (2, 3, 32, 40), IMAGE, (1, 3, 19, 22)),
    (modules.Volume, (1, 1, 8, 9, 10), None, (1, 1, 8, 9, 10)),
    (sequences.Transformer, (2, 3, 16, 16), {0: Dim("batch")}, (3, 3, 16, 16)),
    (Words, (2, 6), None, (2, 6)),
    (Causal, (2, 6, 8), WORDS, (3, 7, 8)),
    (modules.Unet, (2, 3, 32, 48), None, (2, 3, 32, 48)),
]


def exported(module, shape, free, path, words=False):
    x = torch.zeros(shape, dtype=torch.int64) if words else torch.randn(shape)
    program = torch.export.export(module.eval(), (x,), dynamic_shapes=None if free is None else (free,))
    torch.export.save(program, path)
    return path


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A file, made once."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("programs")
    return exported(Bottleneck(), (2, 3, 32, 40), IMAGE, folder / "net.pt2")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "shape", "free", "at"), ROWS, ids=[row[0].__name__ for row in ROWS])
def test_a_program_gives_what_pytorch_gives(make, shape, free, at, tmp_path):
    torch.manual_seed(0)
    module, words = make(), make is Words
    network = cs.load(str(exported(module, shape, free, tmp_path / "net.pt2", words)))
    assert not any(type(node.layer).__name__ == "Unknown" for node in network.nodes)
    report = cs.report(network)
    assert report.params == sum(parameter.numel() for parameter in module.parameters())
    x = np.random.default_rng(1).standard_normal(at).astype(np.float32)
    x = (np.abs(x * 5).astype(np.int64) % 11) if words else x
    with torch.no_grad():
        expected = module(torch.from_numpy(x))
    found = cs.run(network, x)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
    expected = list(expected.values()) if isinstance(expected, dict) else expected
    expected = [expected] if isinstance(expected, torch.Tensor) else list(expected)
    found = list(found.values()) if isinstance(found, dict) else [found]
    for y, wanted in zip(found, expected, strict=True):
        assert y.shape == wanted.shape
        np.testing.assert_allclose(y, wanted.numpy(), rtol=1e-4, atol=2e-5)


def test_layers_and_weights_have_the_names_of_the_module(saved):
    network = cs.load(str(saved))
    wanted = {name for name in Bottleneck().state_dict() if "num_batches" not in name}
    assert wanted == set(network.origin.weights)
    assert {"conv1", "bn1", "fc2"} <= {node.name for node in network.nodes}
    assert "the program was exported for 8 <= " in network.notes[0]


def test_a_part_that_is_changed_through_a_view_is_told(tmp_path):
    class Through(nn.Module):
        def forward(self, x):
            y = x * 2
            y[:, 0].add_(1)
            return y

    path = exported(Through(), (2, 3), None, tmp_path / "net.pt2")
    with pytest.raises(CnnshapeError, match="in place through another view") as caught:
        cs.load(str(path))
    assert "run_decompositions" in caught.value.fault.fix


def test_torch_is_not_needed(saved):
    import subprocess
    import sys

    code = "import sys; sys.modules['torch'] = None; import cnnshape as cs; "
    code += f"print(cs.report(cs.load({str(saved)!r})).params)"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(made.stdout) == sum(parameter.numel() for parameter in Bottleneck().parameters())


def rewritten(saved, path, change, *, kind=zipfile.ZIP_STORED):
    """Write the archive again, with its members changed."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w", kind) as new:
        for each in old.infolist():
            content = change(each.filename, old.read(each))
            if content is not None:
                new.writestr(each.filename, content)
    return path


def described(change):
    def make(name, content):
        if not name.endswith("models/model.json"):
            return content
        found = json.loads(content)
        change(found)
        return json.dumps(found).encode()

    return make


def _sizes(text):
    def change(found):
        found["graph_module"]["graph"]["tensor_values"]["x"]["sizes"][2] = {"as_expr": {"expr_str": text}}

    return described(change)


BROKEN = [
    ("bomb", "compressed", None),
    ("no model", "no model is described", lambda n, c: None if n.endswith("model.json") else c),
    ("deep", "nested too deeply", lambda n, c: b"[" * 100_000 if n.endswith("model.json") else c),
    ("no json", "no JSON", lambda n, c: c[:500] if n.endswith("models/model.json") else c),
    ("short", "too few", lambda n, c: c[:8] if n.endswith("weight_0") else c),
    ("list", "of a form", lambda n, c: b"[]" if n.endswith("models/model.json") else c),
    ("code", "of a form", _sizes("__import__('os').system('true')")),
    ("long", "of a form", _sizes("Add(" * 3000 + ")" * 3000)),
    ("power", "of a form", _sizes("Pow(Symbol('s0'), Integer(99999999))")),
    ("digits", "no JSON", lambda n, c: c.replace(b'"as_int": 2', b'"as_int": ' + b"9" * 5000, 1)),
    ("unknown name", "nothing gives", described(lambda found: found["graph_module"]["graph"]["nodes"].pop(1))),
    ("no graph", "of a form", described(lambda found: found["graph_module"].pop("graph"))),
]


@pytest.mark.parametrize(("name", "said", "change"), BROKEN, ids=[row[0] for row in BROKEN])
def test_what_is_no_program_is_told(name, said, change, saved, tmp_path):
    kind = zipfile.ZIP_STORED if change else zipfile.ZIP_DEFLATED
    path = rewritten(saved, tmp_path / "net.pt2", change or (lambda _, content: content), kind=kind)
    with pytest.raises(CnnshapeError, match=said) as caught:
        cs.load(str(path))
    assert caught.value.fault.code in ("CS132", "CS128")


def test_damaged_bytes_are_told_or_read(saved, tmp_path):
    content = saved.read_bytes()
    numbers = np.random.default_rng(3)
    path = tmp_path / "net.pt2"
    for _ in range(60):
        damaged = bytearray(content)
        for place in numbers.integers(0, len(content), 3):
            damaged[place] ^= 1 << int(numbers.integers(0, 8))
        path.write_bytes(damaged[: int(numbers.integers(1, len(content)))] if numbers.random() < 0.3 else damaged)
        try:
            cs.load(str(path))
        except CnnshapeError as fault:
            assert fault.fault.place.startswith(str(path))  # noqa: PT017  # either is right


class Harm:
    def __reduce__(self):
        return (os.system, ("touch harmed",))


def test_pickles_are_never_loaded(saved, tmp_path, monkeypatch):
    import pickle

    monkeypatch.chdir(tmp_path)

    def change(name, content):
        if name.endswith((".pt", "weight_0")):
            return pickle.dumps(Harm())
        return content.replace(b'"use_pickle": false', b'"use_pickle": true')

    network = cs.load(str(rewritten(saved, tmp_path / "net.pt2", change)))
    assert cs.report(network).params == sum(parameter.numel() for parameter in Bottleneck().parameters())
    assert not network.origin.weights
    assert not (tmp_path / "harmed").exists()


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ReadError) as caught:
        read_program(str(tmp_path / "none.pt2"))
    assert caught.value.fault.code == "CS101"
