"""Forms in which people write single steps; each is a function of its module and a map of 3 channels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

FORMS: list[Any] = []


def form(**parts):
    """Note a function as the forward of a module with parts, which are made anew each time."""

    def note(function):
        def make():
            module = Form(function)
            for name, part in parts.items():
                setattr(module, name, part())
            return module

        make.__name__ = function.__name__
        FORMS.append(make)
        return function

    return note


class Form(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(self, x)


class Standardized(nn.Conv2d):
    def forward(self, x):
        w = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        w = w / (w.std((1, 2, 3), keepdim=True) + 1e-5)
        return F.conv2d(x, w, self.bias, self.stride, self.padding)


class StandardizedByNorm(nn.Conv2d):
    def forward(self, x):
        w = self.weight.reshape(1, self.out_channels, -1)
        w = F.batch_norm(w, None, None, training=True, momentum=0.0, eps=1e-6).reshape_as(self.weight)
        return F.conv2d(x, w, self.bias, self.stride, self.padding)


class ChannelNorm(nn.LayerNorm):
    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps).permute(0, 3, 1, 2)


def hooked():
    conv = nn.Conv2d(3, 4, 1)
    conv.register_forward_hook(lambda _, __, y: y * 2)
    return conv


def pixels():
    return nn.Parameter(torch.randn(3, 1, 1))


@dataclass
class Result:
    scores: Any
    maps: Any


@form()
def every_second(_, x):
    return x[:, ::2] + x[:, 1:, ::1, :][:, :2]


@form()
def written_over(_, x):
    y = torch.zeros_like(x)
    y[:, 1:] = x[:, :-1]
    y[:, 0] = 1.0
    y[..., 2:4] = x[..., :2] * 2
    y[:, -1, 1] = x[:, 0, 0]
    return y


@form()
def in_place(_, x):
    y = x.clone()
    y.add_(1).mul_(2)
    y /= 3
    y -= x
    return y.clamp_(min=0)


@form()
def folded(_, x):
    return F.fold(F.unfold(x, 3, padding=1), x.shape[-2:], 3, padding=1)


@form(conv=lambda: nn.ConvTranspose2d(3, 4, 3, 2, 1))
def stated_size(self, x):
    return self.conv(x, output_size=(x.shape[2] * 2, x.shape[3] * 2))


@form(conv=lambda: nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)))
def weight_norm(self, x):
    return self.conv(x)


@form(conv=lambda: nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)))
def spectral_norm(self, x):
    return self.conv(x)


@form(conv=hooked)
def with_a_hook(self, x):
    return self.conv(x)


@form(scales=lambda: nn.ParameterList([pixels(), pixels()]), more=lambda: nn.ParameterDict({"a": pixels()}))
def parameters(self, x):
    for scale in self.scales:
        x = x * scale
    return x + self.more["a"]


@form(conv=lambda: nn.Conv2d(3, 4, 1))
def other_weights(self, x):
    return torch.func.functional_call(self.conv, {"weight": self.conv.weight * 2, "bias": self.conv.bias}, (x,))


@form(body=lambda: nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1)))
def checkpoints(self, x):
    from torch.utils.checkpoint import checkpoint_sequential

    return checkpoint_sequential(self.body, 2, x, use_reentrant=False)


@form(conv=lambda: nn.DataParallel(nn.Conv2d(3, 4, 1)))
def in_parallel(self, x):
    return Result(self.conv(x).mean((2, 3)), [x * 2])


@form()
def padded_same(_, x):
    ih, iw = x.size()[-2:]
    oh, ow = math.ceil(ih / 2), math.ceil(iw / 2)
    ph, pw = max((oh - 1) * 2 + 3 - ih, 0), max((ow - 1) * 2 + 3 - iw, 0)
    x = F.pad(x, [pw // 2, pw - pw // 2, ph // 2, ph - ph // 2])
    return F.pad(x, (0, (-x.shape[3]) % 4, 0, (4 - x.shape[2] % 4) % 4))


@form()
def positions(_, x):
    b, _, h, w = x.shape
    yy = torch.arange(h, device=x.device, dtype=x.dtype).view(1, 1, h, 1).expand(b, 1, h, w) / (h - 1)
    xx = torch.arange(w).float().view(1, 1, 1, w).repeat(b, 1, h, 1)
    return torch.cat([x, yy, xx], 1)


@form()
def anchors(_, x):
    h, w = x.shape[-2:]
    sy, sx = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
    return x.flatten(2).transpose(1, 2)[..., :2] * 4 + torch.stack((sx, sy), -1).view(-1, 2)


@form(conv=lambda: Standardized(3, 4, 3), other=lambda: StandardizedByNorm(3, 4, 3), norm=lambda: ChannelNorm(4))
def standardized(self, x):
    return self.norm(self.conv(x) + self.other(x))


@form(attend=lambda: nn.MultiheadAttention(4, 2, batch_first=True))
def masked(self, x):
    y = x.mean(1).transpose(1, 2)[:, :, :4]
    mask = torch.triu(torch.ones(12, 12, dtype=torch.bool), diagonal=1)
    return self.attend(y, y, y, attn_mask=mask, need_weights=False)[0]


@form(table=lambda: nn.Parameter(torch.randn(9, 2)), linear=lambda: nn.Linear(3, 12))
def relative_positions(self, x):
    index = torch.arange(16).reshape(4, 4) % 9
    x = F.adaptive_avg_pool2d(x, 2).flatten(2).transpose(1, 2)
    q, k, v = self.linear(x).reshape(x.shape[0], 4, 3, 2, 2).permute(2, 0, 3, 1, 4).unbind(0)
    bias = self.table[index.view(-1)].view(4, 4, -1).permute(2, 0, 1).contiguous()
    a = (q * 2**-0.5) @ k.transpose(-2, -1) + bias.unsqueeze(0)
    return (a.softmax(-1) @ v).transpose(1, 2).reshape(x.shape[0], 4, -1)


@form()
def moved(_, x):
    a, b, c = torch.split(x, 1, 1)
    return torch.cat([*x.unbind(1)], 1), a * c + b, x.movedim(1, -1), x.flip(1), x.tile(1, 1, 2, 1)


@form()
def mixed(_, x):
    return torch.addcmul(x, x, x, value=2), torch.lerp(x, x * 2, 0.3), torch.einsum("bchw,bdhw->bcd", x, x)


@form(empty=nn.Sequential)
def counted(self, x):
    """A container of nothing gives what it takes; positions of pixels are counted in numbers of the wanted kind."""
    positive = x > 0
    return self.empty(x) + positive.cumsum(-1, dtype=torch.float32), positive.cumsum(2), x.cumprod(1)


@form(pool=lambda: nn.MaxPool2d(3, 2, 1, return_indices=True), back=lambda: nn.MaxUnpool2d(3, 2, 1))
def unpooled(self, x):
    low, at = self.pool(x)
    lower, there = F.max_pool2d(low, 2, return_indices=True)
    low = low + F.max_unpool2d(lower, there, 2, output_size=low.shape)
    return self.back(low, at, output_size=x.shape[-2:]), F.max_unpool2d(lower, there, 2)


@form()
def squeezed(self, x):
    return F.max_pool2d(x, (16, 1)).squeeze(2), x.squeeze(3), x.squeeze(), x.mean(1, keepdim=True).squeeze((1, 2))


@form(
    q=lambda: nn.Parameter(torch.randn(4)),
    v=lambda: nn.Parameter(torch.randn(4)),
    part=lambda: nn.Linear(3, 12, bias=False),
)
def joined_bias(self, x):
    """A bias of which the middle is not learned, as attention without one for its keys has."""
    bias = torch.cat([self.q, torch.zeros_like(self.v), self.v])
    return F.linear(x.permute(0, 2, 3, 1), self.part.weight, bias)


@form(weight=lambda: nn.Parameter(torch.randn(5, 3, 3, 3)), gain=lambda: nn.Parameter(torch.rand(5, 1, 1, 1) + 0.5))
def normed_weights(self, x):
    """Weights of mean 0 and variance 1, made by a batch norm with a scale that is computed."""
    gain = (self.gain * 0.3).view(-1)
    weight = F.batch_norm(self.weight.reshape(1, 5, -1), None, None, weight=gain, training=True, momentum=0.0, eps=1e-6)
    return F.conv2d(x, weight.reshape_as(self.weight)), F.batch_norm(x, None, None, bias=gain[:3], training=True)


@form()
def copied(_, x):
    return (
        x.repeat_interleave(3, dim=1),
        torch.repeat_interleave(x, 2, -1),
        x[:, :1, 0].repeat_interleave(x.shape[2], 0),
    )
