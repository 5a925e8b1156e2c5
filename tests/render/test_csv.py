import csv
import io

import pytest

from tests.render.conftest import made, sized


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("detail", ["op", "layer", "block", "overview"])
def test_the_rows_add_up_to_the_totals(name, detail):
    report = sized(name)
    rows = read(report.to("csv", detail=detail))
    totals = report.totals
    for column, total in (
        ("params", totals.params),
        ("buffers", totals.buffers),
        ("macs", totals.macs),
        ("flops", totals.flops),
        ("weights", totals.weight_bytes),
        ("activations", totals.activation_bytes),
    ):
        assert sum(int(row[column]) for row in rows) == total


def test_numbers_have_all_their_digits():
    rows = read(sized("vgg16").to("csv"))
    # torchvision's VGG-16: classifier.0 has 25088*4096 + 4096 parameters.
    assert str(25_088 * 4096 + 4096) in {row["params"] for row in rows}


def test_what_is_unknown_is_empty():
    rows = read(made("unet").at(H=250, W=256).to("csv"))
    assert rows[-1]["macs"] == ""
    assert rows[-1]["output"] == ""


def test_a_name_does_not_start_a_formula_of_a_spreadsheet():
    cells = [row["layer"] for row in read(made("strange_names").to("csv"))]
    assert "'=1+1" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_columns_are_those_that_are_asked_for():
    assert made("lenet5").to("csv", columns=("layer", "macs%", "params")).splitlines()[0] == "layer,params"
