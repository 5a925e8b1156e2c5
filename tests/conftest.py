"""What every test may use: the Hypothesis profiles, the torch marker, the corpus of real networks.

`CNNSHAPE_HYPOTHESIS=thorough pytest` searches with new random seeds and many more examples. A failure that it finds is
kept in `.hypothesis/` and tried first next time; copy it into the test as an `@example` to keep it for everybody.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the tests themselves run side by side

# What tests are made of: no tests, and parts of it need PyTorch to be imported.
collect_ignore = ["oracles", "random_networks"]

# quick: the same examples on every machine and in every run, so that a red run is always the change's own fault.
settings.register_profile("quick", max_examples=50, derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "thorough",
    max_examples=10_000,
    derandomize=False,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("CNNSHAPE_HYPOTHESIS", "quick"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what compares with PyTorch: it uses the fixture `torch`, or its module starts by importing torch."""
    for item in items:
        if "torch" in getattr(item, "fixturenames", ()) or hasattr(getattr(item, "module", None), "torch"):
            item.add_marker("torch")


@pytest.fixture(scope="session")
def torch():
    """PyTorch; skips the test where it is not installed."""
    return pytest.importorskip("torch")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of exported real networks with independently measured numbers; skips the test where it is absent."""
    path = Path(os.environ.get("CNNSHAPE_CORPUS") or ROOT / "../shared/corpus")
    if not path.is_dir():
        pytest.skip(f"no corpus at {path}; CNNSHAPE_CORPUS names its folder")
    return path
