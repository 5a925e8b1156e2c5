"""ResNet-50 v1.5 as a PyTorch module, for the peers to look at; as a program, torchinfo's summary of it."""

import torch
from torch import nn


class Bottleneck(nn.Module):
    def __init__(self, seen: int, width: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(seen, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 4 * width, 1, bias=False),
            nn.BatchNorm2d(4 * width),
        )
        projected = nn.Sequential(nn.Conv2d(seen, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))
        self.shortcut = projected if seen != 4 * width else nn.Identity()
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.body(x) + self.shortcut(x))


def resnet50() -> nn.Module:
    """Return the module; 25 557 032 parameters."""
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    layers.append(nn.MaxPool2d(3, 2, 1))
    seen = 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            layers.append(Bottleneck(seen, width, stride if block == 0 else 1))
            seen = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000)).eval()


if __name__ == "__main__":
    from torchinfo import summary

    summary(resnet50(), (1, 3, 224, 224))
