"""AlexNet, VGG and SqueezeNet of torchvision."""

from cnnshape import block
from cnnshape import layers as L
from tests.golden.networks.parts import conv, named, network, seq


def alexnet():
    def wide(out, k, s=1, p=0):
        return L.Conv(out, kernel_size=k, stride=s, padding=p), L.ReLU()

    features = seq(
        *wide(64, 11, 4, 2), L.MaxPool(3, stride=2), *wide(192, 5, 1, 2), L.MaxPool(3, stride=2),
        *wide(384, 3, 1, 1), *wide(256, 3, 1, 1), *wide(256, 3, 1, 1), L.MaxPool(3, stride=2),
    )  # fmt: skip
    head = seq(
        L.Dropout(), L.Linear(4096, in_features=9216), L.ReLU(), L.Dropout(), L.Linear(4096), L.ReLU(), L.Linear(1000)
    )
    body = named(features=features, avgpool=L.AdaptiveAvgPool(6), flatten=L.Flatten(), classifier=head)
    return network("alexnet", body, H=224, W=224)


DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def vgg(depth, norm=False):
    features = []
    for width, count in zip((64, 128, 256, 512, 512), DEPTHS[depth], strict=True):
        for _ in range(count):
            features += [conv(width, 3, bias=True), *([L.BatchNorm()] if norm else []), L.ReLU()]
        features.append(L.MaxPool(2))
    head = seq(
        L.Linear(4096, in_features=25088), L.ReLU(), L.Dropout(), L.Linear(4096), L.ReLU(), L.Dropout(), L.Linear(1000)
    )
    body = named(features=seq(*features), avgpool=L.AdaptiveAvgPool(7), flatten=L.Flatten(), classifier=head)
    return network(f"vgg{depth}{'_bn' * norm}", body, H=224, W=224)


def fire(inner, out):
    def apply(x):
        x = named(squeeze=conv(inner, bias=True), squeeze_activation=L.ReLU())(x)
        one = named(expand1x1=conv(out, bias=True), expand1x1_activation=L.ReLU())(x)
        three = named(expand3x3=conv(out, 3, bias=True), expand3x3_activation=L.ReLU())(x)
        return L.Concat()([one, three])

    return apply


def squeezenet(version):
    def pool():
        return L.MaxPool(3, stride=2, ceil_mode=True)

    fires = [
        fire(*row) for row in ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
    ]
    if version == "1_0":
        stem, pools = L.Conv(96, kernel_size=7, stride=2), (3, 7)
    else:
        stem, pools = L.Conv(64, kernel_size=3, stride=2), (2, 4)
    features = [stem, L.ReLU(), pool()]
    for i, each in enumerate(fires):
        features += [pool(), each] if i in pools else [each]

    def build(x):
        with block("features"):
            x = seq(*features)(x)
        x = named(classifier=seq(L.Dropout(), conv(1000, bias=True), L.ReLU(), L.AdaptiveAvgPool(1)))(x)
        return L.Flatten()(x)

    return network(f"squeezenet{version}", build, H=224, W=224)
