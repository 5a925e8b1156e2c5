import re

from tests.render.conftest import made, sized


def test_the_table_has_as_many_cells_in_every_row(report):
    lines = [line for line in report.to("markdown").splitlines() if line.startswith("|")]
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert len(cells) == 1


def test_names_are_shown_as_they_are():
    text = made("strange_names").to("markdown")
    assert r"a\|b\*c\_d\`\<x\>" in text


def test_numbers_stand_to_the_right():
    head = [line for line in sized("lenet5").to("markdown").splitlines() if line.startswith("|")][:2]
    titles = [cell.strip() for cell in head[0].strip("|").split("|")]
    marks = head[1].strip("|").split("|")
    assert dict(zip(titles, marks, strict=True))["params"] == "--:"
    assert dict(zip(titles, marks, strict=True))["layer"] == ":--"


def test_the_faults_are_written():
    assert "CS201" in made("unet").at(H=250, W=256).to("markdown")
