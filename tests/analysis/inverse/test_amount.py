import pytest

from cnnshape.analysis.inverse.amount import amount
from cnnshape.errors import UsageError


@pytest.mark.parametrize(
    ("words", "number"),
    [("5M", 5_000_000), ("5 m", 5_000_000), ("5e6", 5_000_000), ("3.5M", 3_500_000), ("1.5G", 1_500_000_000),
     ("2B", 2 * 10**9), ("600k", 600_000), ("1,234,567", 1_234_567), ("1_000", 1000), ("0", 0), (".5K", 500),
     (3_500_000, 3_500_000), (5e6, 5_000_000), ("1T", 10**12), ("0.0015K", 1), ("5.M", 5_000_000)],
)  # fmt: skip
def test_counts(words, number):
    assert amount(words, "max_params") == number


@pytest.mark.parametrize(
    ("words", "number"),
    [("300MB", 300 * 10**6), ("300MiB", 300 * 2**20), ("300mib", 300 * 2**20), ("1.5 GiB", 3 * 2**29),
     ("64M", 64 * 10**6), ("512", 512), ("512B", 512), ("512b", 512), ("1KB", 1000), ("1KiB", 1024), (4096, 4096)],
)  # fmt: skip
def test_bytes(words, number):
    assert amount(words, "max_memory", bytes_=True) == number


NO_AMOUNTS = (
    "", "M", "5X", "-5M", "5MM", "five", "5M5", "1e999", "nan", "9" * 50, "1/2", None, True, -1, 2.5,
    float("nan"), float("inf"), [5],
)  # fmt: skip


@pytest.mark.parametrize("words", NO_AMOUNTS, ids=map(repr, NO_AMOUNTS))
def test_what_is_no_amount(words):
    with pytest.raises(UsageError, match="is no amount") as caught:
        amount(words, "--max-params")
    assert caught.value.fault.fix.startswith("--max-params ")


def test_bytes_are_no_count():
    with pytest.raises(UsageError) as caught:
        amount("5MB", "--max-params")
    assert caught.value.fault.fix == "--max-params 5M"
    with pytest.raises(UsageError) as caught:
        amount("5X", "max_memory", bytes_=True)
    assert caught.value.fault.fix == "max_memory=300MiB"
