"""What no output needs, against the ancestors of the outputs in networkx."""

from itertools import pairwise

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnshape as cs
from cnnshape.analysis.unused import unused_notes
from cnnshape.graph.network import Network, Node
from cnnshape.layers import Add, Input, ReLU
from cnnshape.render.findings import findings
from cnnshape.render.options import Options
from cnnshape.symbolic import dim


@st.composite
def networks(draw):
    shape = (dim("N"), 3, dim("H"))
    nodes = [Node(f"x{i}", Input(shape)) for i in range(draw(st.integers(1, 3)))]
    for i in range(draw(st.integers(1, 8))):
        taken = draw(st.lists(st.sampled_from([node.name for node in nodes]), min_size=1, max_size=3))
        layer = ReLU() if len(taken) == 1 else Add()
        nodes.append(Node(f"y{i}", layer, tuple(taken)))
    wanted = draw(st.lists(st.sampled_from([node.name for node in nodes]), min_size=1, max_size=2, unique=True))
    return Network.of_nodes("net", nodes, {name: name for name in wanted})


@given(networks())
def test_what_is_named_is_what_reaches_no_output(net):
    graph = net.digraph()
    reach = set(net.outputs).union(*(networkx.ancestors(graph, name) for name in net.outputs))
    lost = [node.name for node in net.nodes if node.name not in reach]
    said = " ".join(unused_notes(net)).replace(",", " ").split()
    named = [word for word in said if word in net.index]
    rest = sum(int(a) for a, b in pairwise(said) if b == "more")
    assert set(named) <= set(lost)
    assert len(named) + rest == len(lost)


@pytest.mark.parametrize("form", ["text", "json"])
def test_check_says_it(tmp_path, form):
    path = tmp_path / "aux.yaml"
    path.write_text(
        "cnnshape: 1\ninput: [3, 32, 32]\nlayers:\n  - {name: trunk, relu: }\n  - {name: aux, tanh: }\n"
        "outputs: [trunk]\n",
        encoding="utf-8",
    )
    facts = cs.report(str(path)).facts
    assert "aux reaches no output: it is not executed" in findings(facts, form, Options())


def test_a_block_that_reaches_no_output_is_told_as_one():
    # A head of torchvision: pool, convolution, norm, activation, flatten, two linear layers and what is between.
    notes = unused_notes(cs.zoo.googlenet(aux=True))
    assert notes == ("aux1 (9 layers), aux2 (9 layers) reach no output: they are not executed",)
    assert unused_notes(cs.zoo.inception_v3()) == ("AuxLogits (10 layers) reaches no output: it is not executed",)
