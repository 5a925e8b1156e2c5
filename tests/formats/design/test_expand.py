"""Designs to nodes: names, scopes, branches, repeats, definitions, shared and frozen weights."""

import sys

import pytest

from cnnshape.errors import DesignError
from cnnshape.formats.design import expand
from cnnshape.formats.design.expand import DEEPEST
from cnnshape.formats.design_file import load_design


def graph(layers, top="input: [3, H, W]", define=""):
    """{name: inputs} of a design, its input left out."""
    text = f"{top}\n{define}\nlayers:\n" + "\n".join(f"  {line}" for line in layers.strip().splitlines())
    return {node.name: list(node.inputs) for node in load_design(text).nodes if node.layer.arity != (0, 0)}


def refused(layers, **more):
    with pytest.raises(DesignError) as caught:
        graph(layers, **more)
    return caught.value


def test_each_layer_takes_the_one_before():
    assert graph("- conv: {out_channels: 8, kernel_size: 3}\n- relu\n- tanh") == {
        "conv1": ["input"],
        "relu1": ["conv1"],
        "tanh1": ["relu1"],
    }


def test_automatic_names_are_kind_and_count_and_miss_stated_ones():
    assert list(graph("- relu\n- {name: relu2, tanh: }\n- relu\n- {name: a, relu: }\n- ReLU\n- tanh")) == [
        "relu1",
        "relu2",
        "relu3",
        "a",
        "relu4",
        "tanh1",
    ]


def test_an_automatic_name_is_not_that_of_an_input():
    assert list(graph("- relu", top="inputs: {relu1: [3, H, W]}")) == ["relu2"]


def test_the_only_input_is_called_input_unless_named():
    assert graph("- add: [input, input]")["add1"] == ["input", "input"]
    assert graph("- relu\n- add: [input, image]", top="inputs: {image: [3, H, W]}")["add1"] == ["image", "image"]


def test_several_inputs_are_taken_by_name():
    top = "inputs: {left: [3, H, W], right: [3, H, W]}"
    assert graph("- {relu: , inputs: [right]}\n- add: [previous, left]", top=top) == {
        "relu1": ["right"],
        "add1": ["relu1", "left"],
    }


def test_a_branch_starts_from_the_joins_default_input():
    assert graph("- relu\n- concat: [[tanh, sigmoid], [tanh], [], previous, input]") == {
        "relu1": ["input"],
        "tanh1": ["relu1"],
        "sigmoid1": ["tanh1"],
        "tanh2": ["relu1"],
        "concat1": ["sigmoid1", "tanh2", "relu1", "relu1", "input"],
    }


def test_branches_inside_branches():
    assert graph("- add: [[relu, {add: [[tanh], previous, input]}], input]") == {
        "relu1": ["input"],
        "tanh1": ["relu1"],
        "add1": ["tanh1", "relu1", "input"],
        "add2": ["add1", "input"],
    }


def test_inputs_beside_a_join_may_be_branches_too():
    layers = "- {name: a, relu: }\n- {name: j, concat: {dim: 2}, inputs: [[tanh], a]}"
    assert graph(layers) == {"a": ["input"], "tanh1": ["a"], "j": ["tanh1", "a"]}


def test_input_in_a_block_is_the_blocks_input():
    layers = "- relu\n- {name: b, block: [tanh, {add: [previous, input]}]}\n- sigmoid"
    assert graph(layers) == {
        "relu1": ["input"],
        "b.tanh1": ["relu1"],
        "b.add1": ["b.tanh1", "relu1"],
        "sigmoid1": ["b.add1"],
    }


def test_a_blocks_name_is_its_last_tensor():
    layers = "- {name: b, block: [tanh, {block: [relu]}]}\n- add: [b, b.tanh1, b.block1.relu1]"
    assert graph(layers)["add1"] == ["b.block1.relu1", "b.tanh1", "b.block1.relu1"]


def test_an_empty_block_is_its_input():
    assert graph("- relu\n- {name: b, block: []}\n- tanh\n- add: [b, tanh1]")["add1"] == ["relu1", "tanh1"]


def test_outer_names_are_seen_inside_and_inner_ones_first():
    layers = "- {name: a, relu: }\n- {name: b, block: [tanh, {name: a, sigmoid: }, {add: [a, .a]}]}"
    assert graph(layers)["b.add1"] == ["b.a", "a"]


def test_a_block_may_take_a_branch():
    layers = "- relu\n- {name: b, inputs: [[tanh]], block: [sigmoid]}"
    assert graph(layers) == {"relu1": ["input"], "tanh1": ["relu1"], "b.sigmoid1": ["tanh1"]}


def test_a_name_may_be_used_before_its_layer():
    layers = "- {relu: , inputs: [late]}\n- {name: late, tanh: , inputs: [input]}"
    assert graph(layers) == {"late": ["input"], "relu1": ["late"]}


def test_scopes_are_blocks_joined_by_dots():
    text = "input: [3, H, W]\nlayers: [{name: a, block: [{block: [relu]}]}, tanh, {name: x.y, relu: }]"
    scopes = {node.name: node.scope for node in load_design(text).nodes}
    assert scopes == {"input": "", "a.block1.relu1": "a.block1", "tanh1": "", "x.y": "x"}


def test_a_scope_that_the_name_does_not_say():
    text = "inputs: {a: {shape: [3], scope: s}}\nlayers: [{name: x.y, scope: '', relu: }, {name: .z, scope: q, relu: }]"
    assert [(node.name, node.scope) for node in load_design(text).nodes] == [("a", "s"), ("x.y", ""), ("z", "q")]


def test_repeats_of_a_layer_count_on_or_are_numbered():
    assert list(graph("- {relu: , repeat: 3}\n- relu")) == ["relu1", "relu2", "relu3", "relu4"]
    assert graph("- {name: a, relu: , repeat: 2}\n- {tanh: , inputs: [a.0]}\n- add: [a, a.1]") == {
        "a.0": ["input"],
        "a.1": ["a.0"],
        "tanh1": ["a.0"],
        "add1": ["a.1", "a.1"],
    }


def test_repeats_of_definitions_are_numbered():
    define = "define: {same: {args: {w: }, layers: [{conv: {out_channels: w, kernel_size: 1}}]}}"
    found = graph("- {same: {w: 8}, repeat: 2}\n- same: 8\n- {same: 8, repeat: 1}\n- same: 8", define=define)
    assert list(found) == ["same.0.conv1", "same.1.conv1", "same2.conv1", "same3.0.conv1", "same4.conv1"]
    assert found["same.1.conv1"] == ["same.0.conv1"]


def test_a_repeat_may_be_an_argument_and_may_be_none():
    define = "define: {deep: {args: {n: }, layers: [{relu: , repeat: n - 1}]}}"
    assert list(graph("- deep: 3\n- deep: 1\n- tanh", define=define)) == ["deep1.relu1", "deep1.relu2", "tanh1"]


def test_a_repeated_join_starts_each_time_from_the_one_before():
    assert graph("- {add: [[relu], previous], repeat: 2}") == {
        "relu1": ["input"],
        "add1": ["relu1", "input"],
        "relu2": ["add1"],
        "add2": ["relu2", "add1"],
    }


def test_definitions_may_use_earlier_and_later_ones():
    define = "define: {a: [b, relu], b: [c], c: [tanh]}"
    assert list(graph("- a", define=define)) == ["a1.b1.c1.tanh1", "a1.relu1"]


def test_a_bare_value_is_the_first_argument():
    define = "define: {cb: {args: {out: , k: 1}, layers: [{conv: {out_channels: out, kernel_size: k}}]}}"
    text = f"input: [3, H, W]\n{define}\nlayers: [{{cb: 8}}, {{cb: {{k: 3, out: 2*4}}}}]"
    one, two = (node.layer for node in load_design(text).nodes[1:])
    assert (one.out_channels, one.kernel_size, two.out_channels, two.kernel_size) == (8, 1, 8, 3)


def test_defaults_may_be_made_of_arguments_before_them():
    define = "define: {f: {args: {w: , mid: w//4}, layers: [{linear: mid}]}}"
    text = f"input: [8]\n{define}\nlayers: [{{f: 64}}, {{f: {{w: 64, mid: 3}}}}]"
    assert [node.layer.out_features for node in load_design(text).nodes[1:]] == [16, 3]


def test_arguments_are_sizes_words_tensors_flags_lists_and_layers():
    text = """
input: [3, H, W]
define:
  f:
    args: {w: , p: 0, b: true, k: 1, act: relu, skip: input}
    layers:
      - conv: {out_channels: w, kernel_size: k, padding: p, bias: b}
      - act
      - concat: [skip, previous]
layers:
  - {name: stem, tanh: }
  - f: {w: 4, p: same, b: false, k: [3, 5], act: silu, skip: stem}
  - f: {w: H, p: [[1, 0], [0, 1]], skip: previous}
"""
    nodes = {node.name: node for node in load_design(text).nodes}
    conv = nodes["f1.conv1"].layer
    assert (conv.padding, conv.bias, conv.kernel_size) == ("same", False, (3, 5))
    assert list(nodes) == [
        "input",
        "stem",
        *(f"f{i}.{x}1" for i, a in ((1, "silu"), (2, "relu")) for x in ("conv", a, "concat")),
    ]
    assert nodes["f1.concat1"].inputs == ("stem", "f1.silu1")
    assert nodes["f2.concat1"].inputs == ("f1.concat1", "f2.relu1")
    assert str(nodes["f2.conv1"].layer.out_channels) == "H"


def test_a_tensor_is_looked_up_where_the_argument_is_written():
    define = "define: {up: {args: {skip: }, layers: [relu, {add: [skip, previous]}]}}"
    assert graph("- relu\n- up: {skip: relu1}", define=define)["up1.add1"] == ["relu1", "up1.relu1"]


def test_previous_as_an_argument_is_the_layer_before_whatever_the_input():
    define = "define: {up: {args: {skip: }, layers: [relu, {add: [skip, previous, input]}]}}"
    found = graph("- {name: a, tanh: }\n- sigmoid\n- {up: {skip: previous}, inputs: [a]}", define=define)
    assert found["up1.add1"] == ["sigmoid1", "up1.relu1", "a"]


def test_an_argument_is_handed_through():
    define = """define:
  a: {args: {t: , w: }, layers: [{b: {t: t, w: 2*w}}]}
  b: {args: {t: , w: }, layers: [{add: [t, [{linear: w}]]}]}"""
    text = f"input: [8]\n{define}\nlayers: [{{name: x, relu: }}, {{a: {{t: x, w: 4}}}}]"
    nodes = {node.name: node for node in load_design(text).nodes}
    assert nodes["a1.b1.add1"].inputs == ("x", "a1.b1.linear1")
    assert nodes["a1.b1.linear1"].layer.out_features == 8


def test_arguments_of_equal_value_and_other_type_are_told_apart():
    define = "define: {f: {args: {b: }, layers: [{conv: {out_channels: 2, kernel_size: 1, bias: b}}]}}"
    assert list(graph("- f: true\n- f: true", define=define)) == ["f1.conv1", "f2.conv1"]
    assert refused("- f: true\n- f: 1", define=define).code == "CS401"


def test_a_shared_layer_names_the_owner_of_its_weights():
    text = """
inputs: {a: [3, H, W], b: [3, H, W], c: [3, H, W]}
layers:
  - {name: one, conv: {out_channels: 4, kernel_size: 3}, inputs: [a], frozen: true}
  - {name: two, share: one, inputs: [b]}
  - {share: two, inputs: [[{relu: , inputs: [c]}]]}
"""
    nodes = {node.name: node for node in load_design(text).nodes}
    assert [nodes[name].weights_of for name in ("one", "two", "conv1", "relu1")] == ["", "one", "one", ""]
    assert [nodes[name].frozen for name in ("one", "two", "conv1", "relu1")] == [True, True, True, False]
    assert nodes["two"].layer is nodes["one"].layer
    assert nodes["conv1"].inputs == ("relu1",)


def test_a_shared_block_repeats_the_layers_and_their_weights():
    text = """
inputs: {left: [3, H, W], right: [3, H, W]}
define: {cb: {args: {w: }, layers: [{conv: {out_channels: w, kernel_size: 1}}, {add: [previous, [relu]]}]}}
layers:
  - {name: tower, inputs: [left], block: [{cb: 4, repeat: 2}, {name: end, tanh: }]}
  - {name: twin, share: tower, inputs: [right]}
  - {name: third, share: tower.cb, inputs: [left]}
"""
    nodes = load_design(text).nodes[2:]
    tower, rest = nodes[:7], nodes[7:]
    assert [node.name for node in rest[:7]] == [node.name.replace("tower", "twin") for node in tower]
    assert [node.weights_of for node in rest[:7]] == [node.name for node in tower]
    swap = {"left": "right"}
    assert [node.inputs for node in rest[:7]] == [
        tuple(swap.get(t, t.replace("tower", "twin")) for t in node.inputs) for node in tower
    ]
    assert [node.weights_of for node in rest[7:]] == [node.name for node in tower[:6]]
    assert rest[7].name == "third.0.conv1"


def test_a_share_may_repeat_a_single_block():
    text = "input: [3, H, W]\nlayers: [{name: a, block: [relu, tanh]}, {name: b, share: a, repeat: 2}]"
    nodes = load_design(text).nodes[1:]
    assert [node.name for node in nodes[2:]] == ["b.0.relu1", "b.0.tanh1", "b.1.relu1", "b.1.tanh1"]
    assert [node.weights_of for node in nodes[2:]] == ["a.relu1", "a.tanh1"] * 2


def test_a_layer_may_have_the_weights_of_another_kind_of_use():
    text = """
input: [4, H, W]
layers:
  - {conv: {out_channels: 4, kernel_size: 3, stride: 2}, share: late}
  - {name: late, conv: {out_channels: 4, kernel_size: 3}}
"""
    one, two = load_design(text).nodes[1:]
    assert (one.weights_of, two.weights_of) == ("late", "")
    assert (one.layer.stride, two.layer.stride) == (2, 1)


def test_frozen_counts_for_all_layers_of_a_block():
    define = "define: {f: {args: {z: false}, layers: [{linear: 3}, {linear: 3, frozen: z}, {block: [{linear: 3}]}]}}"
    text = f"input: [8]\n{define}\nlayers: [{{f: , frozen: true}}, f, {{f: {{z: true}}}}]"
    assert [node.frozen for node in load_design(text).nodes[1:]] == [True] * 3 + [False] * 3 + [False, True, False]


def test_outputs():
    def outputs(text):
        layers = "layers: [{name: a, relu: }, {name: s, chunk: {chunks: 2}}, {name: b, block: [{tanh: , inputs: [a]}]}]"
        return dict(load_design(f"input: [4, H, W]\n{layers}\n{text}").outputs)

    assert outputs("") == {"b.tanh1": "b.tanh1"}
    assert outputs("outputs: a") == {"a": "a"}
    assert outputs("outputs: [last, a, s.1, input]") == {"b.tanh1": "b.tanh1", "a": "a", "s.1": "s.1", "input": "input"}
    assert outputs("outputs: {y: b, z: s.0}") == {"y": "b.tanh1", "z": "s.0"}


def test_what_no_output_needs_is_held():
    text = "input: [3, H, W]\nlayers: [{name: a, relu: }, {name: aux, tanh: }]\noutputs: [a]"
    network = load_design(text)
    assert [network.nodes[i].name for i in network.held] == ["aux"]


def test_a_layer_without_inputs_takes_none():
    assert graph("- relu\n- {name: w, parameter: [1, 3, 1, 1]}\n- add: [relu1, w]")["add1"] == ["relu1", "w"]


def test_places_are_those_of_the_entries():
    text = "input: [3, H, W]\ndefine:\n  f:\n    - relu\nlayers:\n  - {name: a,\n     f: }\n  - share: a\n  - tanh\n"
    places = [node.place for node in load_design(text, name="d.yaml").nodes]
    assert places == ["d.yaml:1:1", "d.yaml:4:7", "d.yaml:4:7", "d.yaml:9:5"]


def chain(length):
    definitions = "\n".join(f"  d{i}: [d{i + 1}]" for i in range(length))
    return f"input: [3]\ndefine:\n{definitions}\n  d{length}: [relu]\nlayers: [d0]"


def test_definitions_nest_up_to_the_limit_even_deep_in_the_stack():
    def deeper(n):
        return deeper(n - 1) if n else load_design(chain(DEEPEST - 1))

    assert len(deeper(200).nodes) == 2
    with pytest.raises(DesignError) as caught:
        load_design(chain(DEEPEST))
    assert caught.value.code == "CS109"


def test_branches_nest_up_to_the_limit_of_the_file():
    depth = 30
    text = "input: [3]\nlayers: [" + "{add: [[" * depth + "relu" + "], input]}" * depth + "]"
    assert len(load_design(text).nodes) == depth + 2
    assert sys.getrecursionlimit() <= 3000


def test_definitions_that_double_are_stopped():
    rows = "\n".join(f"  d{i}: [d{i + 1}, d{i + 1}]" for i in range(40))
    for last in ("[relu]", "[]"):
        with pytest.raises(DesignError) as caught:
            load_design(f"input: [3]\ndefine:\n{rows}\n  d40: {last}\nlayers: [d0]")
        assert caught.value.code == "CS120"


def test_repeats_by_argument_that_double_are_stopped(monkeypatch):
    monkeypatch.setattr(expand, "MOST_LAYERS", 1000)
    monkeypatch.setattr(expand, "MOST_USES", 2000)
    rows = "\n".join(f"  d{i}: {{args: {{n: 2}}, layers: [{{d{i + 1}: n, repeat: n}}]}}" for i in range(40))
    for last in ("{args: {n: 2}, layers: [relu]}", "{args: {n: 2}, layers: []}"):
        with pytest.raises(DesignError) as caught:
            load_design(f"input: [3]\ndefine:\n{rows}\n  d40: {last}\nlayers: [d0]")
        assert caught.value.code == "CS120"


def test_as_many_layers_as_the_limit(monkeypatch):
    monkeypatch.setattr(expand, "MOST_LAYERS", 100)
    # One of them is the input.
    assert len(load_design("input: [3]\nlayers: [{relu: , repeat: 99}]").nodes) == 100
    with pytest.raises(DesignError):
        load_design("input: [3]\nlayers: [{relu: , repeat: 100}]")
