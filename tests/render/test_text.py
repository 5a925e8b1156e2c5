"""The table on a terminal: it fits, it can be shown anywhere, and it adds up."""

import re
from itertools import pairwise

import pytest

from cnnshape.graph.liveness import lifetimes
from cnnshape.render.grid import display_width
from cnnshape.symbolic import Dim
from tests.render.conftest import made, sized

ESCAPES = re.compile(r"\x1b\[\d+m")


def rows_of(text: str) -> list[str]:
    """The rows of the table: what stands between its two rules."""
    rule = next(line for line in text.splitlines() if set(line) <= {"─", "-"} and len(line) > 3)
    return text.split(f"\n{rule}\n")[1].splitlines()


@pytest.mark.parametrize("form", ["table", "tree"])
def test_every_line_fits_the_width(report, form):
    for width in (40, 53, 66, 80, 120):
        lines = report.to(form, width=width).splitlines()
        long = [line for line in lines if display_width(line) > width]
        assert long == [], width


@pytest.mark.parametrize("report", [sized("lenet5"), made("unet"), sized("strange_names")], ids=["int", "free", "odd"])
def test_every_line_fits_every_width(report):
    for width in range(40, 201):
        assert max(map(display_width, report.to("table", width=width).splitlines())) <= width


@pytest.mark.parametrize("form", ["table", "tree", "markdown", "csv", "json"])
def test_without_unicode_everything_is_ascii(report, form):
    assert report.to(form, unicode=False).isascii()


@pytest.mark.parametrize("form", ["table", "tree", "markdown", "csv", "json"])
def test_no_control_character_reaches_a_terminal_or_a_file(report, form):
    text = report.to(form)
    assert "\x1b" not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


def test_colors_only_repeat_what_the_text_says(report):
    plain, colored = report.to("table", width=80), report.to("table", width=80, color=True)
    assert ESCAPES.sub("", colored) == plain
    assert "\x1b[" in colored


def test_parameters_of_the_rows_add_up_to_the_total(name):
    report = sized(name)
    for detail in ("op", "layer", "block", "overview"):
        text = report.to("table", detail=detail, columns=("layer", "params"))
        cells = [row.split()[-1] for row in rows_of(text)]
        assert sum(int(cell.replace(",", "")) for cell in cells if cell != "shared") == report.params


def test_no_cell_of_a_number_is_cut(report):
    wide = {cell for row in rows_of(report.to("table")) for cell in row.split()}
    for width in (40, 60, 80):
        for row in rows_of(report.to("table", width=width)):
            numbers = re.findall(r"(?<=\s)[\d,]{4,}(?=\s|$)", row)
            assert set(numbers) <= wide


def test_columns_leave_in_a_fixed_order():
    report = sized("alexnet")
    titles = [report.to("table", width=width).splitlines() for width in range(200, 39, -1)]
    headers = [next(line for line in lines if line.startswith("layer")).split() for lines in titles]
    shown = list(dict.fromkeys(tuple(header) for header in headers))
    left = [set(a) - set(b) for a, b in pairwise(shown)]
    assert left == [{"activ."}, {"%P"}, {"%M"}, {"field"}, {"MACs"}][: len(left)]
    assert {"params"} <= set(shown[-1])


def test_a_column_that_had_no_room_is_named(report):
    wide, narrow = report.to("table"), report.to("table", width=60)
    assert "no room" not in wide
    (line,) = re.findall(r"no room for (.+)", narrow)
    titles = wide.split("\n\n")[1].splitlines()[0]
    assert all(title in titles for title in line.split(", "))
    assert not any(f" {title} " in narrow.split("\n\n")[1].splitlines()[0] for title in line.split(", "))


def test_names_are_cut_in_the_middle():
    text = made("deep").to("table", width=60)
    assert re.search(r"^feat\w*…[\w.]*relu1 ", text, re.MULTILINE)
    assert re.search(r"^feat\w*\.\.[\w.]*relu1 ", made("deep").to("table", width=60, unicode=False), re.MULTILINE)


def test_without_a_width_nothing_is_left_out_or_cut(report):
    text = report.to("table", detail="op")
    assert all(layer.name in text for layer in report.layers if layer.name.isprintable())
    header = next(line for line in text.splitlines() if line.startswith("layer"))
    assert "params" in header
    assert "MACs" in header


def test_lenet_is_shown_as_its_paper_describes_it(lenet):
    # LeCun et al. 1998, figure 2: 6@28x28, 6@14x14, 16@10x10, 16@5x5, 120, 84, 10.
    text = lenet.to("table", width=80)
    outputs = [row.split()[1] for row in rows_of(text)]
    kept = [b for a, b in zip(["", *outputs], outputs, strict=False) if a != b]
    assert kept == ["6x28x28", "6x14x14", "16x10x10", "16x5x5", "400", "120", "84", "10"]
    assert "params 61,706 (241 KiB float32)" in text
    assert "H in 32..35, W in 32..35 or 2 thin shapes (linear 'c5')" in text
    assert "convention torchvision: conv + linear + matmul" in text
    assert "input (N, 1, H, W): batch N, 1 channel, maps HxW; at H=32, W=32" in " ".join(text.split())


def test_the_headline_of_the_unet():
    text = " ".join(made("unet").to("table").split())
    assert "inputs H % 16 == 0, W % 16 == 0 (concat 'up" in text
    assert "output 2xHxW" in text
    assert text.endswith("valid where the inputs fit")


def test_a_design_that_does_not_fit_is_written_with_its_faults_marked():
    report = made("unet").at(H=250, W=256)
    text = report.to("table", width=80)
    faulty = [row for row in rows_of(text) if row.startswith("! ")]
    assert faulty
    assert all(row.split()[2] == "-" for row in faulty)
    assert "not valid: 1 fault" in text
    assert report.errors[0].code in text
    assert "240" in text.split("not valid")[1]
    assert "256" in text.split("not valid")[1]


def test_layers_that_no_output_needs_are_said_not_to_run():
    text = sized("not_executed").to("table", detail="op")
    assert "auxiliary (not executed)" in text
    assert "flatten1 (not executed)" in text


def test_what_is_a_view_of_its_input_is_said_to_take_no_memory(name):
    if name == "strange_names":
        pytest.skip("names with blanks")
    report = sized(name)
    views = {life.tensor for life in lifetimes(report.network).values() if life.is_view}
    for layer, row in zip(report.layers, rows_of(report.to("table", detail="op", width=None)), strict=True):
        assert (" view " in row) == (layer.name in views)


def test_shared_weights_are_named_once():
    rows = rows_of(sized("siamese").to("table"))
    tower = [row for row in rows if row.startswith("tower.conv")]
    twin = [row for row in rows if row.startswith("twin.conv")]
    assert not any("shared" in row for row in tower)
    assert all("shared" in row for row in twin)
    assert not any("shared" in row for row in rows if "relu" in row)


def test_rows_are_sorted_and_cut_and_the_totals_stay(lenet):
    text = lenet.to("table", sort="params", rows=3)
    assert [row.split()[0] for row in rows_of(text)[:3]] == ["c5", "f6", "c3"]
    assert "9 more rows" in text
    assert "params 61,706" in text


def test_a_symbolic_report_says_what_its_letters_mean():
    text = made("resnet50").to("table", width=80)
    legend = text.split("─\n")[-1]
    for name in set(re.findall(r"\b[hw]\d+\b", text)):
        assert name in legend
    assert isinstance(made("resnet50").macs, Dim)
