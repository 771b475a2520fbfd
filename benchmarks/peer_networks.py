# SPDX-License-Identifier: Apache-2.0
"""The networks that are timed, in PyTorch. Parameters and buffers have the names that they have in this library, so that weights can be exchanged
(peer.py --check). Layers take what is quickest in PyTorch: its fused attention, its own group norm, 1x1 convolutions."""
import math

import torch
import torch.nn.functional as F
from torch import nn


class Norm(nn.Module):
    """CondInstanceNorm++."""

    def __init__(self, channels, levels=10):
        super().__init__()
        self.channels, self.embed = channels, nn.Embedding(levels, 3 * channels)
        nn.init.normal_(self.embed.weight[:, : 2 * channels], 1, 0.02)
        nn.init.zeros_(self.embed.weight[:, 2 * channels :])

    def forward(self, x, level):
        return self.of_rows(x, self.embed(level))

    @staticmethod
    def of_rows(x, rows):
        means = x.mean((2, 3))
        relative = (means - means.mean(1, keepdim=True)) / torch.sqrt(means.var(1, keepdim=True) + 1e-5)
        gamma, alpha, beta = rows.chunk(3, 1)
        h = F.instance_norm(x) + (relative * alpha)[..., None, None]
        return gamma[..., None, None] * h + beta[..., None, None]


class PlainNorm(nn.Module):
    """InstanceNorm++ of a network that is not told the level."""

    def __init__(self, channels):
        super().__init__()
        self.alpha, self.gamma = (nn.Parameter(1 + 0.02 * torch.randn(channels)) for _ in range(2))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x, level):
        return Norm.of_rows(x, torch.cat([self.gamma, self.alpha, self.beta])[None])


class NoNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()

    def forward(self, x, level):
        return x


def conv(i, o, k=3, d=1, bias=True, stride=1):
    return nn.Conv2d(i, o, k, padding=d * (k // 2), dilation=d, bias=bias, stride=stride)


class MeanPool(nn.Module):
    def __init__(self, i, o, k):
        super().__init__()
        self.conv = conv(i, o, k)

    def forward(self, x):
        y = self.conv(x)
        return (y[:, :, ::2, ::2] + y[:, :, 1::2, ::2] + y[:, :, ::2, 1::2] + y[:, :, 1::2, 1::2]) / 4


class Residual(nn.Module):
    def __init__(self, norm, i, o, down=False, dilation=None):
        super().__init__()
        d = dilation or 1
        self.normalize1, self.normalize2 = norm(i), norm(i if down else o)
        self.conv1 = conv(i, i if down else o, d=d)
        pool = down and dilation is None
        self.conv2 = MeanPool(i, o, 3) if pool else conv(i if down else o, o, d=d)
        self.shortcut = MeanPool(i, o, 1) if pool else conv(i, o, d=d) if down else nn.Identity()

    def forward(self, x, level):
        h = self.conv1(F.elu(self.normalize1(x, level)))
        return self.shortcut(x) + self.conv2(F.elu(self.normalize2(h, level)))


class Units(nn.Module):
    def __init__(self, norm, channels, blocks):
        super().__init__()
        self.stages = [f"{b}_{s}" for b in range(1, blocks + 1) for s in (1, 2)]
        for stage in self.stages:
            self.add_module(stage + "_norm", norm(channels))
            self.add_module(stage + "_conv", conv(channels, channels, bias=False))

    def forward(self, x, level):
        for b in range(0, len(self.stages), 2):
            h = x
            for stage in self.stages[b : b + 2]:
                h = getattr(self, stage + "_conv")(F.elu(getattr(self, stage + "_norm")(h, level)))
            x = x + h
        return x


class Pieces(nn.Module):
    """Convolutions and the norms before them."""

    def __init__(self, norm, inputs, out, bias):
        super().__init__()
        self.convs, self.norms = nn.ModuleList(conv(c, out, bias=bias) for c in inputs), nn.ModuleList(norm(c) for c in inputs)


class Refine(nn.Module):
    def __init__(self, norm, pool, inputs, out, units=1):
        super().__init__()
        self.pool = pool
        self.adapt_convs = nn.ModuleList(Units(norm, c, 2) for c in inputs)
        if len(inputs) > 1:
            self.msf = Pieces(norm, inputs, out, True)
        self.crp = Pieces(norm, [out, out], out, False)
        self.output_convs = Units(norm, out, units)

    def forward(self, xs, level):
        hs = [a(x, level) for a, x in zip(self.adapt_convs, xs)]
        x = hs[0]
        if len(hs) > 1:
            x = sum(F.interpolate(c(n(h, level)), size=xs[0].shape[2:], mode="bilinear", align_corners=True) if h.shape[2:] != x.shape[2:]
                    else c(n(h, level)) for h, c, n in zip(hs, self.msf.convs, self.msf.norms))
        x = F.elu(x)
        path = x
        for c, n in zip(self.crp.convs, self.crp.norms):
            path = c(self.pool(n(path, level)))
            x = x + path
        return self.output_convs(x, level)


def mean_pool(x):
    return F.avg_pool2d(x, 5, 1, 2)


def max_pool(x):
    return F.max_pool2d(x, 5, 1, 2)


class RefineNet(nn.Module):
    """Conditional, or with `plain` the wiring of NCSNv2: norms that are not told the level, none on the way up, and maxima in chained pooling."""

    def __init__(self, channels, n, plain=False):
        super().__init__()
        norm, up, pool = (PlainNorm, NoNorm, max_pool) if plain else (Norm, Norm, mean_pool)
        self.begin_conv, self.end_conv, self.normalizer = conv(channels, n), conv(n, channels), norm(n)
        for r, (i, o, dilation) in enumerate([(n, n, 1), (n, 2 * n, None), (2 * n, 2 * n, 2), (2 * n, 2 * n, 4)], 1):
            first = Residual(norm, i, o) if r == 1 else Residual(norm, i, o, True, dilation)
            self.add_module(f"res{r}", nn.ModuleList([first, Residual(norm, o, o, False, dilation)]))
        self.refine1, self.refine2 = Refine(up, pool, [2 * n], 2 * n), Refine(up, pool, [2 * n, 2 * n], 2 * n)
        self.refine3, self.refine4 = Refine(up, pool, [2 * n, 2 * n], n), Refine(up, pool, [n, n], n, 3)

    def forward(self, x, level=None):
        h, layers = self.begin_conv(2 * x - 1), []
        for cascade in (self.res1, self.res2, self.res3, self.res4):
            for block in cascade:
                h = block(h, level)
            layers.append(h)
        h = self.refine1([layers[3]], level)
        for k, refine in enumerate((self.refine2, self.refine3, self.refine4)):
            h = refine([layers[2 - k], h], level)
        return self.end_conv(F.elu(self.normalizer(h, level)))


class Map(nn.Module):
    """A linear map of the channels at every position."""

    def __init__(self, i, o):
        super().__init__()
        self.weights, self.bias = nn.Parameter(torch.randn(o, i) / math.sqrt(i)), nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return F.conv2d(x, self.weights[:, :, None, None], self.bias)


class UnetResidual(nn.Module):
    def __init__(self, i, o, groups):
        super().__init__()
        self.normalize0, self.normalize1 = nn.GroupNorm(groups, i, 1e-6), nn.GroupNorm(groups, o, 1e-6)
        self.conv0, self.conv1 = conv(i, o), conv(o, o)
        self.nin = Map(i, o) if i != o else nn.Identity()

    def forward(self, x):
        h = self.conv0(F.silu(self.normalize0(x)))
        return self.nin(x) + self.conv1(F.silu(self.normalize1(h)))


class Attention(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.Q, self.K, self.V, self.OUT = (Map(channels, channels) for _ in range(4))
        self.normalize = nn.GroupNorm(groups, channels, 1e-6)

    def forward(self, x):
        h = self.normalize(x)
        q, k, v = (m(h).flatten(2).transpose(1, 2)[:, None] for m in (self.Q, self.K, self.V))
        seen = F.scaled_dot_product_attention(q, k, v)[:, 0].transpose(1, 2).reshape(x.shape)
        return x + self.OUT(seen)


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = conv(channels, channels)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class UNet(nn.Module):
    """The unconditional U-Net of four sizes, without the map of the level, which it does not use."""

    def __init__(self, channels, n, groups=32):
        super().__init__()
        self.downblocks, self.upblocks, width, seen = nn.ModuleList([conv(channels, n)]), nn.ModuleList(), n, [n]
        multipliers = (1, 2, 2, 2)
        for level, m in enumerate(multipliers):
            for _ in range(2):
                self.downblocks.append(UnetResidual(width, m * n, groups))
                width = m * n
                if level == 1:
                    self.downblocks.append(Attention(width, groups))
                seen.append(width)
            if level + 1 < len(multipliers):
                self.downblocks.append(conv(width, width, stride=2))
                seen.append(width)
        self.middleblocks = nn.ModuleList([UnetResidual(width, width, groups), Attention(width, groups), UnetResidual(width, width, groups)])
        for level in reversed(range(len(multipliers))):
            for _ in range(3):
                self.upblocks.append(UnetResidual(width + seen.pop(), multipliers[level] * n, groups))
                width = multipliers[level] * n
                if level == 1:
                    self.upblocks.append(Attention(width, groups))
            if level > 0:
                self.upblocks.append(Upsample(width))
        self.normalize, self.out = nn.GroupNorm(groups, n, 1e-6), conv(n, channels)

    def forward(self, x, level=None):
        h = self.downblocks[0](x)
        seen = [h]
        for block in self.downblocks[1:]:
            h = block(h)
            if isinstance(block, Attention):
                seen[-1] = h
            else:
                seen.append(h)
        for block in self.middleblocks:
            h = block(h)
        for block in self.upblocks:
            h = block(torch.cat([h, seen.pop()], 1) if isinstance(block, UnetResidual) else h)
        return self.out(F.silu(self.normalize(h)))


class Spectral(nn.Module):
    """A weight that is divided by an estimate of its largest singular value; each call takes a step of power iteration and keeps it, as the papers'
    code does while it trains."""

    def __init__(self, i, o, k, name, least, deviation):
        super().__init__()
        bound = math.sqrt(6 / ((i + o) * max(1, k * k)))    # k = 0: a dense layer
        self.weight, self.bias = nn.Parameter((2 * torch.rand((o, i, k, k) if k else (o, i)) - 1) * bound), nn.Parameter(torch.zeros(o))
        self.name, self.least, self.padding = name, least, k // 2
        self.register_buffer(name, deviation * torch.randn(1, o))

    def norm(self):
        w = self.weight
        if w.dim() == 4:                                    # a view in either layout
            w = w.flatten(1) if w.is_contiguous() else w.permute(0, 2, 3, 1).flatten(1)
        with torch.no_grad():
            u = getattr(self, self.name)
            v = u @ w
            v = v / v.norm().clamp(min=self.least)
            seen = v @ w.t()
            new = seen / seen.norm().clamp(min=self.least)
            u.copy_(new)
        return ((v @ w.t() if w.requires_grad else seen) * new).sum()

    def of(self, x, weight, bias):
        return F.conv2d(x, weight, bias, padding=self.padding) if weight.dim() == 4 else F.linear(x, weight, bias)

    def forward(self, x):
        return self.of(x, self.weight / self.norm(), self.bias)


class Critic(Spectral):
    """As BigGAN's code has it."""

    def __init__(self, i, o, k=3):
        super().__init__(i, o, k, "u0", 1e-12, 1)
        self.register_buffer("sv0", torch.ones(1))


class Bounded(Spectral):
    """As the code of recovery likelihood has it."""

    def __init__(self, i, o, k=3):
        super().__init__(i, o, k, "u", 1e-6, 0.02)


class Capped(Bounded):
    """Only what is above 1 is brought to it; then a factor for each channel."""

    def __init__(self, i, o):
        super().__init__(i, o)
        with torch.no_grad():
            self.weight *= 1e-5
        self.scale = nn.Parameter(torch.ones(o))

    def forward(self, x):
        factor = self.scale / (self.norm() + 1e-6).clamp(min=1)
        return self.of(x, self.weight * factor[:, None, None, None], self.bias * self.scale)


class CriticBlock(nn.Module):
    def __init__(self, i, o, first, halved):
        super().__init__()
        self.first, self.halved = first, halved
        self.conv1, self.conv2 = Critic(i, o), Critic(o, o)
        self.conv_sc = Critic(i, o, 1) if i != o or halved else nn.Identity()

    def smaller(self, x):
        return F.avg_pool2d(x, 2) if self.halved else x

    def forward(self, x):
        h = self.smaller(self.conv2(F.relu(self.conv1(x if self.first else F.relu(x)))))
        return h + (self.conv_sc(self.smaller(x)) if self.first else self.smaller(self.conv_sc(x)))


class Discriminator(nn.Module):
    """BigGAN's for images of 32 pixels."""

    def __init__(self, channels, features):
        super().__init__()
        n = 4 * features
        self.blocks = nn.ModuleList(nn.ModuleList([CriticBlock(channels if k == 0 else n, n, k == 0, k < 2)]) for k in range(4))
        self.linear = Critic(n, 1, 0)

    def forward(self, x, level=None):
        for (block,) in self.blocks:
            x = block(x)
        return self.linear(F.relu(x).sum((2, 3)))


class EnergyBlock(nn.Module):
    def __init__(self, i, o, time):
        super().__init__()
        self.conv1, self.temb_proj, self.conv2 = Bounded(i, o), Bounded(time, o, 0), Capped(o, o)
        self.conv_shortcut = Bounded(i, o) if i != o else nn.Identity()

    def forward(self, x, e):
        h = self.conv1(F.leaky_relu(x, 0.2)) + self.temb_proj(e)[..., None, None]
        return self.conv2(F.leaky_relu(h, 0.2)) + self.conv_shortcut(x)


class Head(nn.Module):
    def __init__(self, channels, time):
        super().__init__()
        bound = math.sqrt(6 / (channels + time))
        self.weight, self.bias = nn.Parameter((2 * torch.rand(channels, time) - 1) * bound), nn.Parameter(torch.zeros(channels))

    def forward(self, h, e):
        return (h * F.linear(e, self.weight, self.bias)).sum(1, keepdim=True)


class Energy(nn.Module):
    """The Wide ResNet of recovery likelihood: E(x, t), [N, 1]."""

    def __init__(self, channels, width, blocks=2, multipliers=(1, 2, 2, 2)):
        super().__init__()
        self.width, time, i = width, 4 * width, width
        self.conv_in, self.dense0, self.dense1 = Bounded(channels, width), Bounded(width, time, 0), Bounded(time, time, 0)
        self.levels = nn.ModuleList()
        for m in multipliers:
            stage = nn.ModuleList()
            for _ in range(blocks):
                stage.append(EnergyBlock(i, m * width, time))
                i = m * width
            self.levels.append(stage)
        self.head = Head(i, time)
        half = width // 2
        self.register_buffer("waves", torch.exp(-math.log(10000) * torch.arange(half) / (half - 1)), persistent=False)

    def forward(self, x, level):
        angle = level[:, None] * self.waves
        e = torch.cat([angle.sin(), angle.cos()], 1)
        e = F.leaky_relu(self.dense1(F.leaky_relu(self.dense0(e), 0.2)), 0.2)
        h = self.conv_in(x)
        for k, stage in enumerate(self.levels):
            if k > 0:
                h = F.avg_pool2d(h, 2)
            for block in stage:
                h = block(h, e)
        return -self.head(F.relu(h).sum((2, 3)), e)


# name -> network, channels and extent of its images, levels that it is told (0: none). The widths are those that a processor can train.
NETWORKS = {
    "refinenet_mnist64": (lambda: RefineNet(1, 64), 1, 28, 10),
    "refinenet_cifar128": (lambda: RefineNet(3, 128), 3, 32, 10),
    "ncsnv2_w64": (lambda: RefineNet(3, 64, plain=True), 3, 32, 0),
    "ncsnv2_mnist64": (lambda: RefineNet(1, 64, plain=True), 1, 28, 0),
    "unet_w64": (lambda: UNet(3, 64), 3, 32, 0),
    "discriminator_w32": (lambda: Discriminator(3, 32), 3, 32, 0),
    "recovery_w32": (lambda: Energy(3, 32), 3, 32, 6),
    "refinenet_tiny": (lambda: RefineNet(1, 8), 1, 8, 10),
}
