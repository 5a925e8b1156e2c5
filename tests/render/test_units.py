from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.render.units import bar, bytes_text, count_text, share_text

FACTORS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50, "EiB": 2**60}


def parsed(text: str, units: dict[str, int]) -> Fraction:
    number = text.rstrip("KMGTPEiB ").replace(",", "")
    return Fraction(number) * units[text[len(text.rstrip("KMGTPEiB ")) :].strip()]


@given(st.integers(0, 10**20))
def test_a_count_is_within_half_of_its_third_digit(n):
    shown = count_text(n)
    assert abs(parsed(shown, FACTORS) - n) <= Fraction(n, 200)
    if 1000 <= n < 10**20:
        digits = shown.rstrip("KMGTPE").replace(".", "").replace(",", "")
        assert len(digits) >= 3


@given(st.integers(0, 2**70))
def test_bytes_are_within_half_of_their_third_digit(n):
    assert abs(parsed(bytes_text(n), BYTES) - n) <= Fraction(n, 200)


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "0"), (999, "999"), (1000, "1.00K"), (9994, "9.99K"), (9995, "10.0K"), (999_499, "999K"), (999_500, "1.00M")],
)
def test_counts_round_at_the_borders(n, text):
    assert count_text(n) == text


def test_bytes_between_1000_and_1024_of_a_unit_stay_in_it():
    assert bytes_text(1023) == "1023 B"
    assert bytes_text(1023 * 1024) == "1023 KiB"
    assert bytes_text(1024 * 1024) == "1.00 MiB"


def test_resnet50_weights_are_97_5_mib_as_torchvision_lists_them():
    # torchvision's ResNet50_Weights: num_params 25557032, _file_size 97.781 MiB with the buffers and the zip.
    assert bytes_text(4 * 25_557_032) == "97.5 MiB"


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_shares_are_exact_to_a_tenth(part, whole):
    shown = share_text(part, whole)
    share = Fraction(100 * part, whole)
    if not part:
        assert shown == ""
    elif shown == "<0.1":
        assert share < Fraction(1, 10)
    else:
        assert abs(Fraction(shown) - share) <= Fraction(1, 20)


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.booleans())
def test_a_bar_shows_whatever_is_there_and_never_overflows(part, most, unicode):
    shown = bar(min(part, most), most, 8, unicode)
    assert len(shown) <= 8
    assert bool(shown) is (part > 0)
    assert unicode or shown.isascii()
