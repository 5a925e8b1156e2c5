"""The words in a box and the blocks around boxes."""

from hypothesis import given

from cnnshape.render.boxes import Block, blocks, lines, named
from cnnshape.render.metrics import text_width
from tests.render.diagrams import card, chain, diagrams, of_zoo


def tree(block: Block) -> list:
    return [{part.path: tree(part)} if isinstance(part, Block) else part for part in block.parts]


def members(block: Block) -> list[int]:
    return [i for part in block.parts for i in (members(part) if isinstance(part, Block) else [part])]


def test_neighbors_of_one_block_stand_in_it():
    diagram = chain("stem", "a.0.x", "a.0.y", "a.1.x", "a.1.y", "b.x", "a.2.x", "a.2.y", "head")
    assert tree(blocks(diagram)) == [0, {"a": [{"a.0": [1, 2]}, {"a.1": [3, 4]}]}, 5, {"a.2": [6, 7]}, 8]


def test_a_block_around_everything_is_none():
    assert tree(blocks(chain("model.a.x", "model.a.y", "model.b"))) == [{"model.a": [0, 1]}, 2]
    assert tree(blocks(chain("m.n.x", "m.n.y"))) == [0, 1]


def test_deep_names_nest_no_deeper_than_can_be_read():
    names = [f"{'.'.join('x' * depth)}.leaf" for depth in range(1, 400)]
    nested, depth = blocks(chain("stem", *names)), 0
    while isinstance(nested.parts[-1], Block):
        nested, depth = nested.parts[-1], depth + 1
    assert depth == 4
    assert nested.path == "x.x.x.x"


def test_long_names_of_blocks_are_cut():
    (_, block) = blocks(chain("stem", f"{'x' * 5000}.1", f"{'x' * 5000}.2")).parts
    assert text_width(named(block), 9) <= 200


@given(diagrams())
def test_every_card_stands_in_one_place_in_order(diagram):
    assert members(blocks(diagram)) == list(range(len(diagram.cards)))


def test_ids_of_blocks_are_unique():
    found: list[str] = []

    def collect(block: Block) -> None:
        found.append(block.id)
        for part in block.parts:
            if isinstance(part, Block):
                collect(part)

    collect(blocks(of_zoo("densenet121", "layer")))
    assert len(found) == len(set(found)) > 50


def test_the_words_of_a_box():
    some = card(1, "layer1.0.conv1", op="Conv 3×3", extra="BN, ReLU", shape="64×56×56", times=2)
    assert lines(some) == ["layer1.0.conv1 ×2", "Conv 3×3, BN, ReLU", "64×56×56"]
    assert lines(some, "layer1.0")[0] == "conv1 ×2"
    assert lines(card(1, "image", sort="input", op="Input", shape="3×H×W")) == ["image", "3×H×W"]
    assert lines(card(1, "a", op="Add", shape="−", fault="CS203 two words"))[-1] == "CS203"
