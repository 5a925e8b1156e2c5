"""Real ONNX files that are cut or changed at random: an error of ours or a network, in bounded memory.

The files are found as for test_corpus.
"""

import contextlib
import os
import random
from pathlib import Path

import pytest

pytest.importorskip("onnx")

import cnnshape as cs  # after the check that it is there
from cnnshape.errors import CnnshapeError

FOLDER = Path(os.environ.get("CNNSHAPE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")) / "onnx"
MODELS = sorted(FOLDER.glob("*.onnx"), key=lambda path: (path.stat().st_size, path.name))[:6]
TIMES = 334

if not MODELS:
    pytest.skip("no corpus: CNNSHAPE_CORPUS names its folder", allow_module_level=True)


def broken(content, draw):
    """Bytes of a file with up to four of them changed, and perhaps its end cut off."""
    changed = bytearray(content[: draw.randint(0, len(content))] if draw.random() < 0.2 else content)
    for _ in range(draw.randint(1, 4) if changed else 0):
        at = draw.randrange(len(changed))
        # A bit that is turned leaves text text, and most lengths near what they were.
        changed[at] = changed[at] ^ 1 << draw.randrange(7) if draw.random() < 0.8 else draw.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_broken_file_is_refused_or_read(path, tmp_path):
    resource = pytest.importorskip("resource")
    content, before = path.read_bytes(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(TIMES):
        (tmp_path / "model.onnx").write_bytes(broken(content, random.Random(seed)))
        try:
            with contextlib.suppress(CnnshapeError):
                assert cs.load(tmp_path / "model.onnx").nodes
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000, "KiB"
