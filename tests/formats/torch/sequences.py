"""Modules over sequences, in the styles in which people write them: attention, recurrence, words, sounds."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional


class Attention(nn.Module):
    def __init__(self, dim=12, heads=3):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(dim, dim * 3), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, c = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        attn = (q @ k.transpose(-2, -1)) * self.scale
        attn = attn.softmax(dim=-1)
        x = (attn @ v).transpose(1, 2).reshape(b, n, c)
        return self.proj(x)


class Transformer(nn.Module):
    def __init__(self, dim=12):
        super().__init__()
        self.patch = nn.Conv2d(3, dim, 4, stride=4)
        self.cls = nn.Parameter(torch.randn(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, 17, dim))
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = Attention(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 24), nn.GELU(), nn.Dropout(0.1), nn.Linear(24, dim))

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls.expand(x.shape[0], -1, -1), x), dim=1)
        x = x + self.pos
        x = x + self.attn(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return x[:, 0]


class Crnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(True), nn.MaxPool2d((16, 2)))
        self.rnn = nn.LSTM(16, 6, bidirectional=True, batch_first=False)
        self.out = nn.Linear(12, 5)

    def forward(self, x):
        x = self.cnn(x)
        b, c, h, w = x.size()
        x = x.view(b, c * h, w).permute(2, 0, 1)
        x, _ = self.rnn(x)
        t, b, h = x.size()
        return self.out(x.contiguous().view(t * b, h)).view(t, b, -1)


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        y, _ = self.attn(x, x, x, need_weights=False)
        return self.norm(x + y)


class Fused(nn.Module):
    def __init__(self):
        super().__init__()
        self.to_q, self.to_kv = nn.Linear(8, 8, bias=False), nn.Linear(8, 16, bias=False)

    def forward(self, x):
        k, v = self.to_kv(x).split(8, dim=-1)
        q, k, v = (t.unflatten(-1, (2, 4)).transpose(1, 2) for t in (self.to_q(x), k, v))
        y = F.scaled_dot_product_attention(q, k, v)
        return y.transpose(1, 2).flatten(2)


class Tokens(nn.Module):
    """Words with positions, as a buffer, and tied weights."""

    def __init__(self, vocab=11, dim=8, longest=32):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        table = torch.zeros(longest, dim)
        table[:, 0::2] = torch.sin(torch.arange(longest)[:, None] * torch.exp(torch.arange(0, dim, 2) * 0.1))
        self.register_buffer("table", table)
        self.head = nn.Linear(dim, vocab, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        x = self.embed(tokens) * math.sqrt(8)
        x = x + self.table[: tokens.size(1)].unsqueeze(0)
        return self.head(x)


class Wave(nn.Module):
    """One axis: a WaveNet block with gates."""

    def __init__(self):
        super().__init__()
        self.dilated = nn.ModuleList(nn.Conv1d(4, 8, 2, dilation=2**i) for i in range(3))
        self.mix = nn.Conv1d(4, 4, 1)

    def forward(self, x):
        total = 0
        for i, conv in enumerate(self.dilated):
            a, b = torch.split(conv(F.pad(x, (2**i, 0))), 4, dim=1)
            y = self.mix(torch.tanh(a) * torch.sigmoid(b))
            total = total + y
            x = x + y
        return total


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 7, num_layers=2, batch_first=True)
        self.head = nn.Linear(7, 3)

    def forward(self, x):
        _, h = self.gru(x)
        return self.head(h[-1])


class Layers(nn.Module):
    """PyTorch's own encoder, followed."""

    def __init__(self):
        super().__init__()
        one = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(one, 2, enable_nested_tensor=False)

    def forward(self, x):
        return self.encoder(x)
