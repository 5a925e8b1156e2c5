"""Models that Keras saved are read with their weights: shapes, parameters and values are those of Keras."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")
pytest.importorskip("h5py")
keras_models = pytest.importorskip("tests.formats.keras_models")

import cnnshape as cs  # noqa: E402  # Keras first says whether it is there

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation", "ignore:Exception encountered")


def trained(model, rng):
    """Set the weights to numbers as a training may leave them; return the model."""
    for weight in model.weights:
        if "float" in weight.dtype:
            values = rng.normal(scale=0.3, size=weight.shape)
            weight.assign(np.abs(values) + 0.5 if "variance" in weight.path else values)
    return model


def batch_of(model, rng, count=2):
    made = {}
    for tensor in model.inputs:
        shape = (count, *(each or size for each, size in zip(tensor.shape[1:], (11, 9, 7, 5), strict=False)))
        whole = "int" in tensor.dtype
        made[tensor.name] = rng.integers(0, 6, shape) if whole else rng.normal(size=shape).astype(np.float32)
    return made


def leaves(given):
    if isinstance(given, dict):
        return [each for value in given.values() for each in leaves(value)]
    return [each for value in given for each in leaves(value)] if isinstance(given, (list, tuple)) else [given]


@pytest.mark.parametrize("name", keras_models.MODELS)
def test_a_saved_model_gives_what_keras_gives(name, tmp_path, capsys):
    rng = np.random.default_rng(0)
    model = trained(keras_models.MODELS[name](), rng)
    model.save(tmp_path / "model.keras")
    fed = batch_of(model, rng)
    tensors = [keras.ops.convert_to_tensor(each) for each in fed.values()]
    given = dict(zip(fed, tensors, strict=True)) if name == "ends" else tensors if len(fed) > 1 else tensors[0]
    expected = [keras.ops.convert_to_numpy(each) for each in leaves(model(given, training=False))]
    network = cs.load(tmp_path / "model.keras")
    totals = cs.report(network).totals
    assert totals.trainable == sum(int(np.prod(each.shape)) for each in model.trainable_weights)
    assert totals.frozen + totals.buffers == sum(int(np.prod(each.shape)) for each in model.non_trainable_weights)
    found = leaves(cs.run(network, fed if len(fed) > 1 else next(iter(fed.values()))))
    assert not model.weights or "random" not in capsys.readouterr().err
    assert [each.shape for each in found] == [each.shape for each in expected]
    loose = 2e-2 if name == "mixed" else 2e-5
    for got, want in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=loose, atol=loose)
