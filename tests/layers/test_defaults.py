"""Every argument that PyTorch has by the same name has PyTorch's default."""

import inspect
from dataclasses import MISSING, fields

import pytest

from cnnshape.layers.catalog import ENTRIES

# argument -> why ours differs
DIFFERS = {
    ("Softmax", "dim"): "PyTorch has None, which warns and means 1 for two and four axes",
    ("LogSoftmax", "dim"): "as Softmax",
    ("ConvTranspose", "output_padding"): "null is 0, or what makes `same` keep size*stride",
}


def module_of(torch, entry):
    """PyTorch's class of that name, for one axis where it has one for each rank."""
    name = entry.layer.__name__
    return next((getattr(torch.nn, n) for n in (name, f"{name}2d", f"{name}1d") if hasattr(torch.nn, n)), None)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_defaults_are_those_of_pytorch(torch, entry):
    module = module_of(torch, entry)
    if module is None:
        return
    base = next((c for c in module.__mro__ if "RNNBase" in c.__name__), module)
    theirs = {}
    for cls in (base, module):
        theirs |= {n: p.default for n, p in inspect.signature(cls.__init__).parameters.items()}
    for field in fields(entry.layer):
        default = theirs.get(field.name, inspect.Parameter.empty)
        # what is read from the input need not be given here
        if default is inspect.Parameter.empty or (entry.layer.__name__, field.name) in DIFFERS:
            continue
        assert field.default is not MISSING, field.name
        assert field.default == default, field.name
