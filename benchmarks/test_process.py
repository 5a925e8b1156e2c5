"""The whole command as a process, beside what any such command must load, and beside torchinfo's summary."""

import pytest

from benchmarks.interleaved import beside, process

REPORT = ("-m", "cnnshape", "report", "examples/resnet50.yaml")


def test_report_beside_its_libraries_alone(benchmark):
    beside(benchmark, process(REPORT), process(("-c", "import numpy, click, rich.console")), rounds=15)


def test_report_beside_torchinfo(benchmark):
    pytest.importorskip("torchinfo")
    beside(benchmark, process(REPORT), process(("benchmarks/torch_resnet50.py",)), rounds=3)


def test_check_beside_its_libraries_alone(benchmark):
    check = ("-m", "cnnshape", "check", "examples/resnet50.yaml")
    beside(benchmark, process(check), process(("-c", "import numpy, click, rich.console")), rounds=15)


def test_report_of_the_zoo_beside_its_libraries_alone(benchmark):
    report = ("-m", "cnnshape", "report", "resnet50", "--set", "H=224,W=224")
    beside(benchmark, process(report), process(("-c", "import numpy, click, rich.console")), rounds=15)
