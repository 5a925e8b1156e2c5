"""`cnnshape.run`: what it takes, what it says, and PyTorch's outputs."""

import numpy as np
import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.errors import ShapeError, UsageError

MEANS_NOTHING = "weights are random (seed 0): these outputs mean nothing\n"


def line():
    x = Input("line", (1, "L"))
    return Network("difference", inputs=x, outputs=L.Conv(1, kernel_size=2, bias=False)(x))


def test_an_array_in_and_an_array_out(capsys):
    y = cs.run(line(), np.array([[[1, 4, 9]]]), weights={"conv1.weight": np.array([[[-1, 1.0]]])})
    assert y.tolist() == [[[3, 5]]]
    assert y.dtype == np.float32
    assert capsys.readouterr().err == "note: 1 weight converted from float64 to float32\n"


def test_several_inputs_and_outputs_are_named():
    left, right = Input("left", (2,)), Input("right", (2,))
    net = Network("two", inputs=[left, right], outputs={"sum": L.Add()([left, right]), "pos": L.ReLU()(left)})
    y = cs.run(net, {"right": np.array([[1, 2]]), "left": np.array([[-3, 4]])}, weights={})
    assert {name: values.tolist() for name, values in y.items()} == {"sum": [[-2, 6]], "pos": [[0, 4]]}


def test_random_weights_are_said_and_depend_on_the_seed(capsys):
    x = np.ones((2, 1, 32, 32), np.float32)
    first, again, other = cs.run("lenet5", x), cs.run("lenet5", x), cs.run("lenet5", x, seed=1)
    assert capsys.readouterr().err == 2 * MEANS_NOTHING + MEANS_NOTHING.replace("0", "1")
    assert first.shape == (2, 10)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_trained_model_of_pytorch_gives_its_outputs(torch, tmp_path):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, 2), torch.nn.BatchNorm2d(8), torch.nn.ReLU()).eval()
    design = """
        input: [3, H, W]
        layers:
          - {name: "a", conv: {out_channels: 8, kernel_size: 3, stride: 2}}
          - {name: "b", batch_norm: {}}
          - relu
    """
    state = {name.replace("0.", "a.").replace("1.", "b."): w for name, w in model.state_dict().items()}
    x = torch.randn(2, 3, 17, 12)
    wanted = model(x).detach().numpy()
    np.testing.assert_allclose(cs.run(design, x, weights=state), wanted, 1e-4, 1e-5)
    np.savez(tmp_path / "w.npz", **{name: w.numpy() for name, w in state.items()})
    np.testing.assert_allclose(cs.run(design, x, weights=tmp_path / "w.npz"), wanted, 1e-4, 1e-5)
    pytest.importorskip("safetensors.torch").save_file(state, tmp_path / "w.safetensors")
    np.testing.assert_allclose(cs.run(design, x, weights=str(tmp_path / "w.safetensors")), wanted, 1e-4, 1e-5)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_what_is_computed_with(dtype):
    assert cs.run("lenet5", np.ones((1, 1, 32, 32)), dtype=dtype).dtype == dtype
    assert cs.run("lenet5", np.ones((1, 1, 32, 32)), dtype=np.dtype(dtype).type).dtype == dtype


def test_a_nan_is_told_with_its_layer(capsys):
    x = Input("x", (2,))
    net = Network("root", inputs=x, outputs=L.ReLU()(L.Sqrt()(x)))
    y = cs.run(net, np.array([[4.0, -4.0]]), weights={})
    assert y[0, 0] == 2
    assert np.isnan(y[0, 1])
    assert capsys.readouterr().err == "warning: the output relu1 holds nan: the first layer that gives it is sqrt1\n"


def test_sizes_that_do_not_fit_are_answered_with_the_nearest():
    with pytest.raises(ShapeError) as caught:
        cs.run("unet", np.ones((1, 3, 250, 256), np.float32))
    assert "nearest valid heights: 240 and 256" in caught.value.fault.fix


@pytest.mark.parametrize(
    ("x", "more", "code", "said"),
    [
        (np.ones((1, 3, 32, 32)), {}, "CS502", "input, axis C: 3 is given, 1 is expected"),
        (np.ones((1, 1, 32, 32)), {"dtype": "int8"}, "CS001", "'int8' is not computed with"),
        (np.ones((1, 1, 32, 32)), {"dtype": "floaty"}, "CS001", "'floaty' is not computed with"),
        (np.ones((1, 1, 32, 32)), {"threads": 0}, "CS001", "0 is no number of threads"),
        (np.ones((1, 1, 32, 32)), {"threads": 1.0}, "CS001", "1.0 is no number of threads"),
        (np.ones((1, 1, 32, 32)), {"threads": True}, "CS001", "True is no number of threads"),
        (np.ones((1, 1, 32, 32)), {"threads": 10**6}, "CS001", "1000000 threads are asked for"),
        (np.ones((1, 1, 32, 32)), {"seed": -1}, "CS001", "-1 is no seed"),
        (np.ones((1, 1, 32, 32)), {"weights": 3}, "CS503", "weights are no int"),
        (np.ones((1, 1, 32, 32)), {"weights": {}}, "CS503", "10 tensors do not fit: c1.weight: is missing"),
        (np.ones((1, 1, 32, 32)), {"Q": 3}, "CS004", "'Q' is no size of"),
    ],
)
def test_what_cannot_be_run_is_told(x, more, code, said):
    with pytest.raises(UsageError) as caught:
        cs.run("lenet5", x, **more)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert caught.value.fault.rule


def test_threads_and_strictness_change_rounding_alone(monkeypatch):
    monkeypatch.setattr("cnnshape.runtime.crew.cores", lambda: 3)
    x = np.random.default_rng(0).standard_normal((2, 3, 64, 64))
    exact = cs.run("resnet18", x, dtype="float64", strict=True)
    for options in ({}, {"threads": 1}, {"threads": 3}, {"strict": True, "threads": 2}):
        y = cs.run("resnet18", x, **options)
        assert np.abs(y - exact).max() < 2e-5 * np.abs(exact).max()


def test_as_many_threads_as_products_have_and_no_more_than_processors(monkeypatch):
    from cnnshape.runtime import crew

    for blas, cores, wanted in ((4, 2, 2), (1, 8, 1), (0, 8, 1), (3, 8, 3)):
        monkeypatch.setattr(crew, "blas_threads", lambda blas=blas: blas)
        monkeypatch.setattr(crew, "cores", lambda cores=cores: cores)
        assert crew.default_threads() == wanted


def test_a_winograd_convolution_rounds_more_than_a_strict_one():
    x = Input("x", (64, 32, 32))
    net = Network("one", inputs=x, outputs=L.Conv(64, kernel_size=3, padding=1)(x))
    values = np.random.default_rng(1).standard_normal((1, 64, 32, 32))
    exact = cs.run(net, values, dtype="float64", strict=True)
    fast, strict = (np.abs(cs.run(net, values, strict=strict) - exact).max() for strict in (False, True))
    largest = np.abs(exact).max()
    assert 2 * strict < fast < 30 * strict
    assert fast < 2e-5 * largest
