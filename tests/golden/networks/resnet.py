"""ResNet, ResNeXt and wide ResNet of torchvision, and the variants with the stride on the first convolution."""

from cnnshape import layers as L
from tests.golden.networks.parts import conv, named, network, part, seq


def unit(width, out, stride, *, groups=1, basic=False, project=False, first=False, bias=False):
    """A residual unit; `first` puts the stride on the 1x1 convolution, as the paper has it."""
    outer, inner = (stride, 1) if first else (1, stride)

    def apply(x):
        if basic:
            y = named(
                conv1=conv(out, 3, stride), bn1=L.BatchNorm(), relu=L.ReLU(), conv2=conv(out, 3), bn2=L.BatchNorm()
            )(x)
        else:
            y = named(
                conv1=conv(width, 1, outer, bias=bias), bn1=L.BatchNorm(), relu=L.ReLU(),
                conv2=conv(width, 3, inner, groups=groups, bias=bias), bn2=L.BatchNorm(), relu_2=L.ReLU(),
                conv3=conv(out, bias=bias), bn3=L.BatchNorm(),
            )(x)  # fmt: skip
        if project:
            x = part("downsample", seq(conv(out, 1, stride, bias=bias), L.BatchNorm()), x)
        return L.ReLU()(L.Add()([y, x]), name="relu_2" if basic else "relu_3")

    return apply


def resnet(name, units, *, basic=False, groups=1, width=64, **options):
    stages = {}
    for stage, count in enumerate(units):
        planes = 64 << stage
        inner, out = planes * width // 64 * groups, planes * (1 if basic else 4)
        stages[f"layer{stage + 1}"] = seq(
            *(
                unit(
                    inner,
                    out,
                    2 if stage and not i else 1,
                    groups=groups,
                    basic=basic,
                    project=not i and (stage > 0 or not basic),
                    **options,
                )
                for i in range(count)
            )
        )
    body = named(
        conv1=conv(64, 7, 2, bias=options.get("bias", False)), bn1=L.BatchNorm(), relu=L.ReLU(),
        maxpool=L.MaxPool(3, stride=2, padding=1), **stages,
        avgpool=L.AdaptiveAvgPool(1), flatten=L.Flatten(), fc=L.Linear(1000),
    )  # fmt: skip
    return network(name, body, H=224, W=224)
