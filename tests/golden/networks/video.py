"""Video ResNets of torchvision (r3d, mc3, r2plus1d), DCGAN's generator and the CRNN for text."""

from cnnshape import layers as L
from tests.golden.networks.parts import named, network, part, seq


def conv_3d(out, k=(3, 3, 3), s=(1, 1, 1), p=None):
    half = tuple(i // 2 for i in k) if p is None else p
    return L.Conv(out, kernel_size=k, stride=s, padding=half, bias=False)


def simple(middle, out, s):
    return conv_3d(out, s=(s, s, s))


def no_temporal(middle, out, s):
    return conv_3d(out, (1, 3, 3), (1, s, s))


def two_plus_one(middle, out, s):
    return seq(conv_3d(middle, (1, 3, 3), (1, s, s)), L.BatchNorm(), L.ReLU(), conv_3d(out, (3, 1, 1), (s, 1, 1)))


def unit(kind, inp, out, s):
    middle = inp * out * 27 // (inp * 9 + 3 * out)

    def apply(x):
        y = named(
            conv1=seq(kind(middle, out, s), L.BatchNorm(), L.ReLU()), conv2=seq(kind(middle, out, 1), L.BatchNorm())
        )(x)
        if s != 1:
            strides = (1, s, s) if kind is no_temporal else (s, s, s)
            x = part("downsample", seq(conv_3d(out, (1, 1, 1), strides), L.BatchNorm()), x)
        return L.ReLU()(L.Add()([y, x]), name="relu")

    return apply


def video_resnet(name, kinds, factored_stem=False):
    if factored_stem:
        stem = seq(
            conv_3d(45, (1, 7, 7), (1, 2, 2)), L.BatchNorm(), L.ReLU(), conv_3d(64, (3, 1, 1)), L.BatchNorm(), L.ReLU()
        )
    else:
        stem = seq(conv_3d(64, (3, 7, 7), (1, 2, 2)), L.BatchNorm(), L.ReLU())
    stages = {}
    for i, kind in enumerate(kinds):
        inp, out, s = 64 << max(i - 1, 0), 64 << i, 2 if i else 1
        stages[f"layer{i + 1}"] = seq(unit(kind, inp, out, s), unit(kind, out, out, 1))
    body = named(stem=stem, **stages, avgpool=L.AdaptiveAvgPool(1), flatten=L.Flatten(), fc=L.Linear(400))
    return network(name, body, T=16, H=112, W=112)


def dcgan():
    """The generator of PyTorch's DCGAN tutorial: 100 numbers to a picture of 64x64 (Radford et al. 2016)."""
    rows = []
    for width, s, p in ((512, 1, 0), (256, 2, 1), (128, 2, 1), (64, 2, 1)):
        rows += [L.ConvTranspose(width, kernel_size=4, stride=s, padding=p, bias=False), L.BatchNorm(), L.ReLU()]
    rows += [L.ConvTranspose(3, kernel_size=4, stride=2, padding=1, bias=False), L.Tanh()]
    return network("dcgan", named(main=seq(*rows)), channels=100, H=1, W=1)


def crnn(classes=37):
    """The network for reading lines of text of Shi, Bai and Yao 2015 (doi 10.1109/TPAMI.2016.2646371)."""

    def wide(out, k=3, p=1, norm=False):
        return [L.Conv(out, kernel_size=k, padding=p), *([L.BatchNorm()] if norm else []), L.ReLU()]

    def lower():
        return L.MaxPool((2, 2), stride=(2, 1), padding=(0, 1))

    cnn = seq(
        *wide(64), L.MaxPool(2), *wide(128), L.MaxPool(2), *wide(256, norm=True), *wide(256), lower(),
        *wide(512, norm=True), *wide(512), lower(), *wide(512, 2, 0, norm=True),
    )  # fmt: skip
    rnn = seq(
        named(rnn=L.LSTM(256, bidirectional=True), embedding=L.Linear(256)),
        named(rnn=L.LSTM(256, bidirectional=True), embedding=L.Linear(classes)),
    )
    body = named(cnn=cnn, squeeze=L.Squeeze(2), permute=L.Permute((2, 0, 1)), rnn=rnn)
    return network("crnn", body, channels=1, H=32, W=100)
