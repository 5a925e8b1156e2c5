"""Linear layers on maps. What PyTorch makes of them: torch.nn.Linear on (N, C, H, W) maps the last axis, W."""

import pytest

import cnnshape

HEAD = "input: [3, 8, 9]\nlayers:\n  - conv: {out_channels: 4, kernel_size: 3}\n"


def notes(layers: str) -> list[str]:
    return [note for note in cnnshape.report(HEAD + layers).notes if "flatten" in note]


@pytest.mark.parametrize(
    "between",
    [
        "",
        "  - relu\n",
        "  - batch_norm\n  - relu\n  - dropout\n",
        "  - max_pool: 1\n",
        "  - add: [previous, previous]\n",
    ],
)
def test_a_linear_layer_on_a_map_is_noted_once(between):
    (note,) = notes(between + "  - linear: 10\n  - relu\n  - linear: 5\n")
    assert note.startswith("linear1 sees only the last axis, W, of (N, 4, 6, 7); ")


@pytest.mark.parametrize(
    "between",
    [
        "  - flatten\n",
        "  - global_avg_pool\n  - flatten\n",
        "  - permute: [0, 2, 3, 1]\n",
        "  - permute: [0, 2, 3, 1]\n  - layer_norm\n",
        "  - {flatten: {start_dim: 2}}\n",
    ],
)
def test_axes_that_were_moved_or_joined_are_meant(between):
    assert notes(between + "  - linear: 10\n") == []


def test_a_linear_layer_on_an_image_or_a_volume_is_noted():
    assert (
        "last axis, W, of (N, 1, 28, 28)" in cnnshape.report("input: [1, 28, 28]\nlayers: [{linear: 10}]\n").notes[-1]
    )
    volume = cnnshape.report("input: [1, T, H, W]\nlayers: [{linear: 10}]\n")
    assert any("last axis, W, of (N, 1, T, H, W)" in note for note in volume.notes)


@pytest.mark.parametrize("shape", ["[784]", "[T, 64]"])
def test_features_and_sequences_are_taken_as_they_are(shape):
    assert cnnshape.report(f"input: {shape}\nlayers: [{{linear: 10}}]\n").notes == ()


def test_shared_weights_are_noted_at_their_owner():
    (note,) = notes("  - {name: a, linear: 7}\n  - {name: b, share: a}\n")
    assert note.startswith("a sees")


def test_the_examples_have_none():
    from pathlib import Path

    for path in Path(cnnshape.__file__).parents[1].glob("examples/*.yaml"):
        assert not any("flatten" in note for note in cnnshape.report(path).notes), path
