"""DCGAN's generator and the CRNN for text."""

from cnnshape import layers as L
from cnnshape.zoo.parts import named, network, seq


def dcgan():
    """The generator of PyTorch's DCGAN tutorial: 100 numbers to a picture of 64x64 (Radford et al. 2016)."""
    rows = []
    for width, s, p in ((512, 1, 0), (256, 2, 1), (128, 2, 1), (64, 2, 1)):
        rows += [L.ConvTranspose(width, kernel_size=4, stride=s, padding=p, bias=False), L.BatchNorm(), L.ReLU()]
    rows += [L.ConvTranspose(3, kernel_size=4, stride=2, padding=1, bias=False), L.Tanh()]
    return network("dcgan", named(main=seq(*rows)), 100, H=1, W=1)


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
    return network("crnn", body, 1, H=32, W=100)
