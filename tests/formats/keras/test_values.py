"""Models that Keras saved are read with their weights: shapes, parameters and values are those of Keras."""

import os
from contextlib import suppress

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")
pytest.importorskip("h5py")
keras_models = pytest.importorskip("tests.formats.keras.models")

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


def test_classes_of_written_sources_are_read_with_their_weights(tmp_path):
    from cnnshape import layers as L
    from cnnshape.formats.source.keras.writer import write

    x = cs.Input("image", (3, 6, 5))
    y = L.LayerScale()(L.Conv(4, kernel_size=3)(x))
    y = L.Permute((0, 2, 1))(L.Flatten(start_dim=2)(y))
    y = L.Add()(y, cs.Parameter("position", (1, 12, 4)))
    y = L.Gather(2, dim=1)(y)
    network = cs.Network("own", inputs=x, outputs=L.Linear(3)(y))
    space = {}
    exec(compile(write(network), "own", "exec"), space)
    rng = np.random.default_rng(0)
    model = trained(space["own"](), rng)
    model.save(tmp_path / "model.keras")
    fed = rng.normal(size=(2, 6, 5, 3)).astype(np.float32)
    want = keras.ops.convert_to_numpy(model(fed, training=False))
    for given in (tmp_path / "model.keras", model):
        read = cs.load(given)
        assert cs.report(read).totals.trainable == model.count_params()
        assert np.allclose(leaves(cs.run(read, fed))[0], want, atol=1e-5)


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


FORMS = ("nested", "bidirectional", "attention-heads", "residual", "time-dense", "frozen", "ends")


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("form", ["object", "h5"])
def test_a_model_in_memory_or_in_hdf5_is_read_with_its_weights(name, form, tmp_path, capsys):
    rng = np.random.default_rng(1)
    model = trained(keras_models.MODELS[name](), rng)
    model.save(tmp_path / "model.keras")
    fed = batch_of(model, rng)
    fed = fed if len(fed) > 1 else next(iter(fed.values()))
    expected = cs.run(cs.load(tmp_path / "model.keras"), fed)  # which is what Keras gives, see above
    if form == "h5":
        model.save(tmp_path / "model.h5")
    network = cs.load(model if form == "object" else tmp_path / "model.h5")
    found = cs.run(network, fed)
    assert "random" not in capsys.readouterr().err
    for got, want in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_array_equal(got, want)


def test_weights_alone_are_answered(tmp_path):
    keras_models.MODELS["dense"]().save_weights(tmp_path / "only.weights.h5")
    with pytest.raises(cs.errors.UsageError, match="weights without the layers") as error:
        cs.load(tmp_path / "only.weights.h5")
    assert error.value.code == "CS003"


def changed(tmp_path, change, *, packed=False):
    """Return an archive of a Dense layer whose weights a function has changed."""
    import io
    import zipfile

    import h5py

    keras_models.MODELS["dense"]().save(tmp_path / "good.keras")
    with zipfile.ZipFile(tmp_path / "good.keras") as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
        config = archive.read("config.json")
    with h5py.File(content, "r+") as file:
        change(file)
    with zipfile.ZipFile(tmp_path / "bad.keras", "w", zipfile.ZIP_DEFLATED if packed else 0) as archive:
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", content.getvalue())
    return tmp_path / "bad.keras"


def replaced(**given):
    def change(file):
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", **given)

    return change


def linked(link):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = link

    return change


def virtual(file):
    import h5py

    layout = h5py.VirtualLayout((5, 3), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (5, 3))
    del file["layers/dense/vars/0"]
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def harm():
    import h5py

    return {
        "larger-than-it-is": replaced(shape=(10**7, 10**6), dtype="f4", chunks=(100, 100)),
        "never-written": replaced(shape=(5, 3), dtype="f4", chunks=(5, 3)),
        "compressed": replaced(data=np.zeros((5, 3), "f4"), compression="gzip"),
        "elsewhere": replaced(shape=(5, 3), dtype="f4", external=[("/etc/passwd", 0, 60)]),
        "texts": replaced(data=[b"a", b"b"]),
        "external-link": linked(h5py.ExternalLink("/etc/passwd", "/x")),
        "soft-link": linked(h5py.SoftLink("/layers/dense/vars/1")),
        "a-group": lambda file: (file.__delitem__("layers/dense/vars/0"), file.create_group("layers/dense/vars/0")),
        "virtual": virtual,
        "missing": lambda file: file.__delitem__("layers/dense"),
    }


@pytest.mark.parametrize("name", harm())
def test_weights_that_are_none_are_refused_before_they_take_memory(name, tmp_path):
    with pytest.raises(cs.errors.ReadError) as error:
        cs.run(cs.load(changed(tmp_path, harm()[name])), np.zeros((1, 5), np.float32))
    assert error.value.code == "CS131"


def test_weights_of_another_shape_are_answered(tmp_path):
    path = changed(tmp_path, replaced(data=np.zeros((4, 3), "f4")))
    with pytest.raises(cs.errors.DesignError, match=r"\(3, 4\), \(3, 5\) is needed"):
        cs.run(cs.load(path), np.zeros((1, 5), np.float32))


def test_packed_weights_are_read_and_a_bomb_is_not(tmp_path):
    whole = changed(tmp_path, lambda _: None, packed=True)
    assert cs.run(cs.load(whole), np.zeros((1, 5), np.float32)).shape == (1, 3)
    bomb = changed(tmp_path, replaced(data=np.zeros(2**25, "f4")), packed=True)
    assert bomb.stat().st_size < 2**20
    with pytest.raises(cs.errors.ReadError, match="unpack to"):
        cs.run(cs.load(bomb), np.zeros((1, 5), np.float32))


def test_damaged_archives_are_answered(tmp_path):
    """Bits turned anywhere in the archive: it is read, or refused in words."""
    keras_models.MODELS["dense"]().save(tmp_path / "good.keras")
    whole = (tmp_path / "good.keras").read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(100):
        broken = bytearray(whole)
        for place in rng.integers(0, len(whole), 8):
            broken[place] ^= 1 << int(rng.integers(8))
        (tmp_path / "bad.keras").write_bytes(broken)
        with suppress(cs.errors.CnnshapeError):
            cs.run(cs.load(tmp_path / "bad.keras"), np.zeros((1, 5), np.float32))
