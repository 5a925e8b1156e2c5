"""Trees, sorting and folding."""

import re
from itertools import takewhile

import pytest

from cnnshape.errors import UsageError
from tests.render.conftest import made, sized


def branches(text: str) -> list[tuple[int, str]]:
    """Depth and label of every row of a tree."""
    rule = next(line for line in text.splitlines() if set(line) == {"─"})
    rows = text.split(f"\n{rule}\n")[1].splitlines()
    found = [re.match(r"((?:[│ ] {2})*(?:[├└]─ )?)(\S+)", row) for row in rows]
    return [(len(m[1]) // 3, m[2]) for m in found]


def tree_of(name: str) -> list[tuple[int, str]]:
    if name == "strange_names":
        pytest.skip("names with blanks")
    return branches(sized(name).to("tree", detail="op"))


def test_a_tree_shows_blocks_above_what_is_in_them():
    rows = branches(sized("siamese").to("tree", detail="op"))
    assert rows[0] == (0, "Siamese")
    assert rows[1] == (1, "tower")
    assert rows[2] == (2, "conv1")
    assert (1, "twin") in rows
    assert rows[-1] == (1, "sigmoid1")


def test_the_leaves_of_a_tree_are_the_rows_of_the_table(name):
    report = sized(name)
    for detail in ("op", "layer", "block"):
        table = report.to("csv", detail=detail, columns=("layer",)).splitlines()[1:]
        tree = branches(report.to("tree", detail=detail)) if name != "strange_names" else None
        if tree is not None:
            leaves = [row for row, after in zip(tree, [*tree[1:], (0, "")], strict=True) if after[0] <= row[0]]
            assert len(leaves) == len(table)


def test_no_block_of_a_tree_holds_one_thing_alone(name):
    tree = tree_of(name)
    depths = [depth for depth, _ in tree]
    for i, depth in enumerate(depths[1:], start=1):
        inside = list(takewhile(depth.__lt__, depths[i + 1 :]))
        assert inside.count(depth + 1) != 1


def test_the_labels_on_the_way_to_a_row_are_the_name_of_its_layer(name):
    tree = tree_of(name)
    way, found = [], []
    for (depth, label), after in zip(tree, [*tree[1:], (0, "")], strict=True):
        way[depth:] = [label]
        if after[0] <= depth:
            found.append(".".join(way[1:]))
    assert found == [layer.name for layer in sized(name).layers]


def test_the_blocks_of_a_tree_hold_their_sums():
    report = sized("siamese")
    text = report.to("tree", columns=("layer", "params"), unicode=False)
    amounts = {line.split()[-2]: line.split()[-1] for line in text.splitlines() if line.split()[1:2]}
    tower = sum(layer.params for layer in report.layers if layer.block == "tower")
    assert amounts["tower"] == f"{tower:,}"
    assert amounts["Siamese"] == f"{report.params:,}"


def test_a_tree_in_ascii_has_the_same_branches():
    report = sized("siamese")
    ascii_tree = report.to("tree", unicode=False)
    assert "|- tower" in ascii_tree
    assert "|  `- sigmoid1" in ascii_tree


def test_a_tree_keeps_the_order_of_the_network():
    with pytest.raises(UsageError, match="a tree keeps the order"):
        sized("lenet5").to("tree", sort="params")


def test_an_unknown_column_is_answered_with_the_nearest():
    with pytest.raises(UsageError) as caught:
        sized("lenet5").to("table", sort="parms")
    assert caught.value.fault.fix == "did you mean params?"
    with pytest.raises(UsageError) as caught:
        sized("lenet5").to("table", columns=("layer", "outputs"))
    assert caught.value.fault.fix == "did you mean output?"


def test_formulas_have_no_order():
    with pytest.raises(UsageError) as caught:
        made("lenet5").to("table", sort="macs")
    assert caught.value.fault.fix == "put sizes in, such as --set H=224,W=224"


def test_a_default_table_has_at_most_60_rows(name):
    text = sized(name).to("csv")
    assert len(text.splitlines()) - 1 <= 60
