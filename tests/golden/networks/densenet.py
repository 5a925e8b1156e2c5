"""DenseNet of torchvision."""

from cnnshape import layers as L
from tests.golden.networks.parts import conv, named, network, part


def dense_layer(growth):
    def apply(x):
        y = named(
            norm1=L.BatchNorm(), relu1=L.ReLU(), conv1=conv(4 * growth),
            norm2=L.BatchNorm(), relu2=L.ReLU(), conv2=conv(growth, 3),
        )(x)  # fmt: skip
        return L.Concat()([x, y])

    return apply


def densenet(name, units, growth=32, stem=64):
    def features(x):
        x = named(conv0=conv(stem, 7, 2), norm0=L.BatchNorm(), relu0=L.ReLU(), pool0=L.MaxPool(3, stride=2, padding=1))(
            x
        )
        channels = stem
        for i, count in enumerate(units, 1):
            x = part(f"denseblock{i}", named(**{f"denselayer{j}": dense_layer(growth) for j in range(1, count + 1)}), x)
            channels += count * growth
            if i < len(units):
                channels //= 2
                down = named(norm=L.BatchNorm(), relu=L.ReLU(), conv=conv(channels), pool=L.AvgPool(2))
                x = part(f"transition{i}", down, x)
        return L.BatchNorm()(x, name="norm5")

    body = named(
        features=features, relu=L.ReLU(), pool=L.AdaptiveAvgPool(1), flatten=L.Flatten(), classifier=L.Linear(1000)
    )
    return network(name, body, H=224, W=224)
