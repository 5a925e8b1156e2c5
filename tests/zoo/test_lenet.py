"""LeNet-5 (LeCun et al. 1998, doi 10.1109/5.726791): parameters and maps of its figure 2."""

import cnnshape as cs


def test_parameters_of_each_layer():
    found = cs.report(cs.zoo("lenet5"))
    params = {layer.name: layer.params for layer in found if layer.params}
    # The paper: C1 156, C5 48 120, F6 10 164; a full C3 has 16*(6*25 + 1), a linear output 10*(84 + 1).
    assert params == {"c1": 156, "c3": 2416, "c5": 48_120, "f6": 10_164, "output": 850}


def test_maps_of_figure_2():
    at = cs.report(cs.zoo("lenet5")).at()
    shapes = {"c1": (6, 28, 28), "s2": (6, 14, 14), "c3": (16, 10, 10), "s4": (16, 5, 5), "c5": (120,), "f6": (84,)}
    assert {name: at.tensors[name][1:] for name in shapes} == shapes
    # Connections of C1 in the paper: 122 304, its 4704 biases among them.
    assert next(layer.macs for layer in at if layer.name == "c1") == 122_304 - 28 * 28 * 6


def test_it_is_the_example():
    found, example = cs.report(cs.zoo("lenet5")), cs.report(cs.load("examples/lenet5.yaml"))
    assert (found.params, found.at().macs) == (example.params, example.at().macs)
    assert dict(found.conditions) == dict(example.conditions)


def test_arguments():
    assert cs.report(cs.zoo("lenet5", num_classes=62)).params == 61_706 + 52 * 85
    assert cs.report(cs.zoo("lenet5", in_channels=3)).params == 61_706 + 6 * 2 * 25
    assert cs.report(cs.zoo("lenet5", width_mult="w")).at(w=1).params == 61_706
    assert cs.report(cs.zoo("lenet5", width_mult=2)).at().tensors["c5"][1:] == (240,)
