"""Modules in the styles in which people write them; each with its input and sizes to run it at."""

from __future__ import annotations

from collections import OrderedDict, namedtuple

import pytest

torch = pytest.importorskip("torch")
from tests.formats.torch.sequences import (  # noqa: E402  # they need torch
    Attention,
    Crnn,
    Fused,
    Gated,
    Heads,
    Layers,
    Tokens,
    Transformer,
    Wave,
)

nn, F = torch.nn, torch.nn.functional


class Loop(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([nn.Conv2d(3 if i == 0 else 8, 8, 3, stride=2, padding=1) for i in range(3)])
        self.norms = nn.ModuleList([nn.BatchNorm2d(8) for _ in range(3)])

    def forward(self, x):
        for conv, norm in zip(self.stages, self.norms, strict=True):
            x = F.relu(norm(conv(x)), inplace=True)
        return F.adaptive_avg_pool2d(x, 1).flatten(1)


class Lenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2 = nn.Linear(400, 120), nn.Linear(120, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.dropout(F.relu(self.fc1(x)), training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


class Dicts(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(OrderedDict(stem=nn.Conv2d(3, 8, 3, padding=1), act=nn.SiLU()))
        self.heads = nn.ModuleDict({"mask": nn.Conv2d(8, 1, 1), "edge": nn.Conv2d(8, 2, 1)})

    def forward(self, x):
        y = self.backbone(x)
        return {name: head(y) for name, head in self.heads.items()}


class Reused(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 1)
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x):
        x = self.act(self.first(x))
        for _ in range(3):
            x = self.act(self.conv(x)) + x
        return x


class Conditional(nn.Module):
    def __init__(self, stride=2, use_se=True, norm="group"):
        super().__init__()
        self.stride, self.use_se = stride, use_se
        self.conv = nn.Conv2d(4, 8, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.GroupNorm(4, 8) if norm == "group" else None
        self.shortcut = nn.Conv2d(4, 8, 1, stride=stride) if stride > 1 else nn.Identity()
        self.scale = nn.Parameter(torch.full((8, 1, 1), 0.5))

    def forward(self, x):
        y = self.conv(x)
        if self.norm is not None:
            y = self.norm(y)
        if self.use_se:
            y = y * self.scale
        assert y.shape[1] == 8
        return F.gelu(y + self.shortcut(x))


class Frozen(Conditional):
    def __init__(self):
        super().__init__(1, use_se=False, norm="")
        self.shortcut = nn.Conv2d(4, 8, 1)
        self.shortcut.requires_grad_(False)
        del self.scale


class InPlace(nn.Module):
    """What is changed in place is changed for all who hold it."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.conv(x)
        kept = x
        y = self.relu(x)
        y = self.conv(y) + kept
        other = y
        y += kept
        F.leaky_relu(y, 0.1, True)
        return y.mul_(2), other


class Squeeze(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, groups=1, padding="same")
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Linear(16, 4, bias=False), nn.ReLU(), nn.Linear(4, 16, bias=False), nn.Sigmoid())

    def forward(self, x):
        x = self.conv(x)
        b, c, _, _ = x.size()
        y = self.pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)


class Double(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.body(x)


class Unet(nn.Module):
    def __init__(self, widths=(4, 8, 16)):
        super().__init__()
        self.downs = nn.ModuleList(Double(i, o) for i, o in zip((3, *widths), widths, strict=False))
        self.ups = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in reversed(widths[:-1]))
        self.decs = nn.ModuleList(Double(2 * w, w) for w in reversed(widths[:-1]))
        self.pool, self.head = nn.MaxPool2d(2), nn.Conv2d(widths[0], 2, 1)

    def forward(self, x):
        skips = []
        for i, down in enumerate(self.downs):
            x = down(x if i == 0 else self.pool(x))
            skips.append(x)
        skips.pop()
        for up, dec in zip(self.ups, self.decs, strict=True):
            skip = skips.pop()
            x = up(x)
            dy, dx = skip.size(2) - x.size(2), skip.size(3) - x.size(3)
            x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
            x = dec(torch.cat([skip, x], dim=1))
        return self.head(x)


class Pyramid(nn.Module):
    """Joins of maps that are resized to each other."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 3, 2, 1)
        self.lateral = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(a)
        up = F.interpolate(b, size=a.shape[-2:], mode="nearest")
        p = self.lateral(a) + up
        return [p, F.interpolate(p, scale_factor=2, mode="bilinear", align_corners=False)]


class Shuffle(nn.Module):
    def __init__(self, groups=2):
        super().__init__()
        self.groups = groups
        self.branch = nn.Conv2d(4, 4, 3, padding=1, groups=4)

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        x = torch.cat((a, self.branch(b)), 1)
        n, c, h, w = x.data.size()
        x = x.view(n, self.groups, c // self.groups, h, w)
        return torch.transpose(x, 1, 2).contiguous().view(n, -1, h, w)


class Windows(nn.Module):
    """Reshapes as einops would make them."""

    def __init__(self, window=2):
        super().__init__()
        self.window, self.proj = window, nn.Linear(4, 4)

    def forward(self, x):
        b, c, h, w = x.shape
        s = self.window
        x = x.reshape(b, c, h // s, s, w // s, s).permute(0, 2, 4, 3, 5, 1).reshape(-1, s * s, c)
        x = self.proj(x)
        x = x.reshape(b, h // s, w // s, s, s, c).permute(0, 5, 1, 3, 2, 4)
        return x.reshape(b, c, h, w)


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.image, self.depth = nn.Conv2d(3, 4, 3), nn.Conv2d(1, 4, 3)

    def forward(self, image, depth, scale=2.0):
        return torch.maximum(self.image(image), scale * self.depth(depth)), self.image(image).mean((2, 3))


class Inverted(nn.Sequential):
    def __init__(self, width=6):
        super().__init__(
            nn.Conv2d(4, width, 1), nn.ReLU6(), nn.Conv2d(width, width, 3, 1, 1, groups=width), nn.Hardswish()
        )


class Named(nn.Module):
    """A result with names, and a class that only adds to one of PyTorch's."""

    Result = namedtuple("Result", "scores features")

    class Same(nn.Conv2d):
        pass

    def __init__(self):
        super().__init__()
        self.conv = self.Same(3, 4, 3, padding=1, padding_mode="reflect")

    def forward(self, x):
        y = self.conv(x).relu_()
        return self.Result(y.amax(dim=(-2, -1)), y)


class Standardized(nn.Conv2d):
    """A convolution whose filters are stored elsewhere: a forward of its own."""

    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups) / 2


class Dense(nn.Module):
    def __init__(self, growth=4, layers=3):
        super().__init__()
        for i in range(layers):
            self.add_module(
                f"layer{i}", nn.Sequential(nn.BatchNorm2d(3 + i * growth), nn.Conv2d(3 + i * growth, growth, 3, 1, 1))
            )
        self.layers = layers

    def forward(self, x):
        found = [x]
        for i in range(self.layers):
            found.append(getattr(self, f"layer{i}")(torch.cat(found, 1)))
        return torch.cat(found, dim=1)


class Spatial(nn.Module):
    """CBAM's attention over channels and places."""

    def __init__(self):
        super().__init__()
        self.mlp = nn.Sequential(nn.Flatten(), nn.Linear(6, 2), nn.ReLU(), nn.Linear(2, 6))
        self.conv = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x):
        mean = self.mlp(F.avg_pool2d(x, (x.size(2), x.size(3))))
        most = self.mlp(F.adaptive_max_pool2d(x, (1, 1)))
        x = x * torch.sigmoid(mean + most)[:, :, None, None]
        pooled = torch.cat([x.mean(dim=1, keepdim=True), x.max(dim=1, keepdim=True)[0]], dim=1)
        return x * self.conv(pooled).sigmoid()


class Convnext(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pw1, self.act, self.pw2 = nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(1e-2 * torch.ones(dim))

    def forward(self, x):
        skip = x
        x = self.dwconv(x).permute(0, 2, 3, 1)
        x = self.gamma * self.pw2(self.act(self.pw1(self.norm(x))))
        return skip + x.permute(0, 3, 1, 2)


class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv3d(1, 4, 3), nn.InstanceNorm3d(4, affine=True), nn.LeakyReLU(0.2), nn.AvgPool3d(2)
        )

    def forward(self, x):
        return self.net(x).pow(2).sum(dim=(2, 3, 4)).clamp(min=1e-6).sqrt()


class Upscale(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 12, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(3))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, x):
        return self.up(x) + self.body(x).clamp(-1, 1)


class Grids(nn.Module):
    """Positions that are made of the sizes."""

    def __init__(self):
        super().__init__()
        self.rows = nn.Embedding(32, 2)
        self.conv = nn.Conv2d(3, 2, 3, padding=1)

    def forward(self, x):
        h = x.shape[2]
        y = self.conv(x)
        rows = self.rows(torch.arange(h, device=x.device))
        y = y + rows.transpose(0, 1)[None, :, :, None]
        mask = torch.ones(h, h).tril()
        return torch.matmul(mask, y)


IMAGE, SMALL = {"x": (3, "H", "W")}, {"H": 19, "W": 22}
WORDS = {"x": ("T", 8)}
MODULES = [
    (Loop, IMAGE, SMALL),
    (Lenet, {"x": (1, "H", "W")}, {"H": 32, "W": 33}),
    (Dicts, IMAGE, SMALL),
    (Reused, IMAGE, SMALL),
    (Conditional, {"x": (4, "H", "W")}, SMALL),
    (Frozen, {"x": (4, "H", "W")}, SMALL),
    (InPlace, IMAGE, SMALL),
    (Squeeze, IMAGE, SMALL),
    (Attention, {"x": ("T", 12)}, {"T": 9}),
    (Transformer, IMAGE, {"H": 16, "W": 17}),
    (Crnn, {"x": (1, "H", "W")}, {"H": 32, "W": 21}),
    (Unet, IMAGE, SMALL),
    (Pyramid, IMAGE, SMALL),
    (Shuffle, {"x": (8, "H", "W")}, SMALL),
    (Windows, {"x": (4, "H", "W")}, {"H": 6, "W": 8}),
    (Heads, WORDS, {"T": 5}),
    (Fused, WORDS, {"T": 5}),
    (Tokens, {"tokens": ("T",)}, {"T": 7}),
    (Two, {"image": (3, "H", "W"), "depth": (1, "H", "W")}, SMALL),
    (Inverted, {"input": (4, "H", "W")}, SMALL),
    (Named, IMAGE, SMALL),
    (lambda: Standardized(3, 5, 3, 2), IMAGE, SMALL),
    (Dense, IMAGE, SMALL),
    (Spatial, {"x": (6, "H", "W")}, SMALL),
    (Convnext, {"x": (6, "H", "W")}, SMALL),
    (Wave, {"x": (4, "L")}, {"L": 23}),
    (Volume, {"x": (1, "T", "H", "W")}, {"T": 8, "H": 9, "W": 10}),
    (Gated, {"x": ("T", 5)}, {"T": 6}),
    (Upscale, IMAGE, SMALL),
    (Grids, IMAGE, SMALL),
    (Layers, WORDS, {"T": 5}),
]
