"""C3D (Tran et al. 2015, arXiv 1412.0767): a Keras port of the authors' weights, layer by layer, and MMAction2."""

import cnnshape as cs

# litao1381/C3D_Sport1M_keras, its README: "Model's architecture".
LAYERS = {
    "conv1": (5248, (64, 16, 112, 112)), "pool1": (0, (64, 16, 56, 56)),
    "conv2": (221_312, (128, 16, 56, 56)), "pool2": (0, (128, 8, 28, 28)),
    "conv3a": (884_992, (256, 8, 28, 28)), "conv3b": (1_769_728, (256, 8, 28, 28)), "pool3": (0, (256, 4, 14, 14)),
    "conv4a": (3_539_456, (512, 4, 14, 14)), "conv4b": (7_078_400, (512, 4, 14, 14)), "pool4": (0, (512, 2, 7, 7)),
    "conv5a": (7_078_400, (512, 2, 7, 7)), "conv5b": (7_078_400, (512, 2, 7, 7)), "pool5": (0, (512, 1, 4, 4)),
    "flatten": (0, (8192,)), "fc6": (33_558_528, (4096,)), "fc7": (16_781_312, (4096,)), "fc8": (1_995_239, (487,)),
}  # fmt: skip


def test_layer_by_layer():
    at = cs.report(cs.zoo("c3d")).at()
    layers = {layer.name: layer for layer in at}
    for name, (params, shape) in LAYERS.items():
        assert (layers[name].params, at.tensors[name][1:]) == (params, shape), name
    assert at.params == sum(params for params, _ in LAYERS.values()) == 79_991_015
    # "17.5 millions" parameters is what the paper says of its smaller nets; the convolutions here have 27.7 million.
    assert sum(params for name, (params, _) in LAYERS.items() if name.startswith("conv")) == 27_655_936


def test_it_is_the_example():
    found, example = cs.report(cs.zoo("c3d")), cs.report(cs.load("examples/video_3d.yaml"))
    assert found.params == example.params
    assert found.at().macs == example.at().macs
    assert dict(found.conditions) == dict(example.conditions)


def test_classes_of_ucf101():
    """MMAction2's page of C3D with 101 classes: 78.41M parameters, 38.5 G."""
    found = cs.report(cs.zoo("c3d", num_classes=101))
    assert round(found.params / 1e6, 2) == 78.41
    assert round(found.at().macs / 1e9, 1) == 38.5


def test_no_note_is_needed_to_read_its_input():
    assert cs.zoo("c3d").notes == ()
    assert cs.report(cs.zoo("c3d", width_mult="w")).at(w=1).params == 79_991_015
