"""Weights of a training: PyTorch's own state dicts fit, others are told tensor by tensor."""

import numpy as np
import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.errors import UsageError
from cnnshape.runtime.execute import execute
from cnnshape.runtime.plan import plan
from cnnshape.runtime.weights import fitted, held_in_memory, initial

SMALL = """
name: small
inputs: {image: [2, 6, 6]}
layers:
  - {name: conv, conv: {out_channels: 4, kernel_size: 3}}
  - {name: bn, batch_norm: {}}
  - flatten
  - {name: fc, linear: 3}
"""


def small():
    return cs.load(SMALL)


def theirs(torch):
    """The same network in PyTorch, with weights that training has changed."""
    torch.manual_seed(0)
    model = torch.nn.Sequential()
    model.add_module("conv", torch.nn.Conv2d(2, 4, 3))
    model.add_module("bn", torch.nn.BatchNorm2d(4))
    model.add_module("flat", torch.nn.Flatten())
    model.add_module("fc", torch.nn.Linear(64, 3))
    model(torch.randn(8, 2, 6, 6))  # moves the running statistics
    return model.eval()


@pytest.mark.parametrize("wrapper", ["", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
def test_a_state_dict_of_pytorch_gives_pytorchs_outputs(torch, wrapper):
    model = theirs(torch)
    state = {wrapper + name: values for name, values in model.state_dict().items()}
    assert f"{wrapper}bn.num_batches_tracked" in state
    ready = plan(small(), {"N": 2}, "float64")
    weights, notes = fitted(ready, held_in_memory(state))
    assert notes == ["8 weights converted from float32 to float64"]
    x = np.random.default_rng(0).standard_normal((2, 2, 6, 6))
    with torch.no_grad():
        wanted = model.double()(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(execute(ready, {"image": x}, weights)[next(iter(ready.network.outputs))], wanted, 1e-9)


def changed(weights, **changes):
    found = {**weights}
    for name, values in changes.items():
        full = name.replace("__", ".")
        if values is None:
            del found[full]
        else:
            found[full] = values
    return found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fc__bias": None}, "a tensor does not fit: fc.bias: is missing, (3,) is expected"),
        ({"fc__weight": np.ones((64, 3))}, "fc.weight: (64, 3) is given, (3, 64) is expected"),
        ({"fc__bias": np.ones(3, np.int64)}, "fc.bias: int64 is given, float32 is expected"),
        ({"fc__bias": np.ones(3, complex)}, "fc.bias: complex128 is given, float32 is expected"),
        ({"head__weight": np.ones(5)}, "head.weight: (5,) is given, the network has none"),
    ],
)
def test_one_wrong_tensor(changes, said):
    ready = plan(small(), {"N": 1})
    with pytest.raises(UsageError) as caught:
        fitted(ready, held_in_memory(changed(initial(ready), **changes)))
    assert said in str(caught.value)
    assert caught.value.fault.fix == "give the network the arguments that it was trained with"


def test_all_wrong_tensors_are_told_in_one_error():
    ready = plan(small(), {"N": 1})
    wrong = changed(initial(ready), fc__bias=None, conv__weight=np.ones((4, 2, 3, 5)), head=np.ones(2))
    with pytest.raises(UsageError) as caught:
        fitted(ready, held_in_memory(wrong))
    assert caught.value.fault.text() == (
        "the weights: CS503: 3 tensors do not fit: conv.weight: (4, 2, 3, 5) is given, (4, 2, 3, 3) is expected\n"
        "  fc.bias: is missing, (3,) is expected\n"
        "  head: (2,) is given, the network has none\n"
        "  rule: each of the 8 tensors of small is given, in its shape, and no other\n"
        "  fix: give the network the arguments that it was trained with"
    )


def test_weights_of_another_network_are_named_as_such():
    other = plan(cs.load("lenet5"), {"N": 1, "H": 32, "W": 32})
    with pytest.raises(UsageError, match="CS503") as caught:
        fitted(plan(small(), {"N": 1}), held_in_memory(initial(other)))
    assert "weights of another network" in caught.value.fault.fix


def test_types_are_converted_and_said():
    ready = plan(small(), {"N": 1})
    half = {name: values.astype(np.float16) for name, values in initial(ready).items()}
    weights, notes = fitted(ready, held_in_memory({**half, "bn.num_batches_tracked": np.array(1)}))
    assert notes == ["8 weights converted from float16 to float32"]
    assert {values.dtype.name for values in weights.values()} == {"float32"}
    np.testing.assert_array_equal(weights["fc.bias"], half["fc.bias"])


def test_what_is_no_array():
    with pytest.raises(UsageError, match="CS503: w is no array"):
        held_in_memory({"w": [[1], [2, 3]]})


def test_weights_that_no_output_needs_may_be_there():
    x = Input("image", (1, "H", "W"))
    y = L.Conv(2, kernel_size=1)(x)
    aside = L.Conv(5, kernel_size=1)(y)
    ready = plan(Network("two heads", inputs=x, outputs=L.ReLU()(y), held=aside), {"N": 1, "H": 4, "W": 4})
    aux = {"conv2.weight": np.ones((5, 2, 1, 1)), "conv2.bias": np.ones(5)}
    assert set(fitted(ready, held_in_memory({**initial(ready), **aux}))[0]) == {"conv1.weight", "conv1.bias"}
