#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same work as the benchmarks beside this file, in PyTorch: `peer.py CASE THREADS SECONDS [--device cuda]
[--precision fp32|tf32|bf16] [--compile]` prints one JSON line with the best and the median time in milliseconds and the peak memory. On a GPU: channels_last, autocast for bf16, fused Adam,
cuDNN's own search for the fastest algorithm. Used only where torch is installed; nothing in the library needs it."""
import argparse
import json
import resource
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

DEVICE, PRECISION, COMPILE, LAYOUT = "cpu", "fp32", False, torch.contiguous_format


class Norm(nn.Module):
    """CondInstanceNorm++."""

    def __init__(self, channels, levels=10):
        super().__init__()
        self.channels, self.embed = channels, nn.Embedding(levels, 3 * channels)
        nn.init.normal_(self.embed.weight[:, : 2 * channels], 1, 0.02)
        nn.init.zeros_(self.embed.weight[:, 2 * channels :])

    def forward(self, x, level):
        means = x.mean((2, 3))
        relative = (means - means.mean(1, keepdim=True)) / torch.sqrt(means.var(1, keepdim=True) + 1e-5)
        gamma, alpha, beta = self.embed(level).chunk(3, 1)
        h = F.instance_norm(x) + (relative * alpha)[..., None, None]
        return gamma[..., None, None] * h + beta[..., None, None]


def conv(i, o, k=3, d=1, bias=True):
    return nn.Conv2d(i, o, k, padding=d * (k // 2), dilation=d, bias=bias)


class MeanPool(nn.Module):
    def __init__(self, i, o, k):
        super().__init__()
        self.conv = conv(i, o, k)

    def forward(self, x):
        y = self.conv(x)
        return (y[:, :, ::2, ::2] + y[:, :, 1::2, ::2] + y[:, :, ::2, 1::2] + y[:, :, 1::2, 1::2]) / 4


class Residual(nn.Module):
    def __init__(self, i, o, down=False, dilation=None):
        super().__init__()
        d = dilation or 1
        self.norm1, self.norm2 = Norm(i), Norm(i if down else o)
        self.conv1 = conv(i, i if down else o, d=d)
        pool = down and dilation is None
        self.conv2 = MeanPool(i, o, 3) if pool else conv(i if down else o, o, d=d)
        self.shortcut = MeanPool(i, o, 1) if pool else conv(i, o, d=d) if down else nn.Identity()

    def forward(self, x, level):
        h = self.conv1(F.elu(self.norm1(x, level)))
        return self.shortcut(x) + self.conv2(F.elu(self.norm2(h, level)))


class Units(nn.Module):
    def __init__(self, channels, blocks):
        super().__init__()
        self.norms = nn.ModuleList(Norm(channels) for _ in range(2 * blocks))
        self.convs = nn.ModuleList(conv(channels, channels, bias=False) for _ in range(2 * blocks))

    def forward(self, x, level):
        for b in range(0, len(self.convs), 2):
            h = x
            for s in (b, b + 1):
                h = self.convs[s](F.elu(self.norms[s](h, level)))
            x = x + h
        return x


class Refine(nn.Module):
    def __init__(self, inputs, out, units=1):
        super().__init__()
        self.adapt = nn.ModuleList(Units(c, 2) for c in inputs)
        self.fuse = nn.ModuleList(conv(c, out) for c in inputs) if len(inputs) > 1 else []
        self.fuse_norms = nn.ModuleList(Norm(c) for c in inputs) if len(inputs) > 1 else []
        self.pool = nn.ModuleList(conv(out, out, bias=False) for _ in range(2))
        self.pool_norms = nn.ModuleList(Norm(out) for _ in range(2))
        self.output = Units(out, units)

    def forward(self, xs, level):
        hs = [a(x, level) for a, x in zip(self.adapt, xs)]
        x = hs[0]
        if len(hs) > 1:
            x = sum(F.interpolate(c(n(h, level)), size=xs[0].shape[2:], mode="bilinear", align_corners=True)
                    for h, c, n in zip(hs, self.fuse, self.fuse_norms))
        x = F.elu(x)
        path = x
        for c, n in zip(self.pool, self.pool_norms):
            path = c(F.avg_pool2d(n(path, level), 5, 1, 2))
            x = x + path
        return self.output(x, level)


class RefineNet(nn.Module):
    def __init__(self, channels, n):
        super().__init__()
        self.begin, self.end, self.normalizer = conv(channels, n), conv(n, channels), Norm(n)
        self.res = nn.ModuleList([Residual(n, n), Residual(n, n), Residual(n, 2 * n, True), Residual(2 * n, 2 * n),
                                  Residual(2 * n, 2 * n, True, 2), Residual(2 * n, 2 * n, False, 2),
                                  Residual(2 * n, 2 * n, True, 4), Residual(2 * n, 2 * n, False, 4)])
        self.refine = nn.ModuleList([Refine([2 * n], 2 * n), Refine([2 * n, 2 * n], 2 * n), Refine([2 * n, 2 * n], n), Refine([n, n], n, 3)])

    def forward(self, x, level):
        h, layers = self.begin(2 * x - 1), []
        for k, block in enumerate(self.res):
            h = block(h, level)
            if k % 2:
                layers.append(h)
        h = self.refine[0]([layers[3]], level)
        for k in (1, 2, 3):
            h = self.refine[k]([layers[3 - k], h], level)
        return self.end(F.elu(self.normalizer(h, level)))


def refinenet(channels, size, features, batch, what):
    net = RefineNet(channels, features).to(DEVICE, memory_format=LAYOUT)
    x = torch.rand(batch, channels, size, size, device=DEVICE).contiguous(memory_format=LAYOUT)
    level = torch.arange(batch, device=DEVICE) % 10
    call = torch.compile(net) if COMPILE else net
    half = torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=PRECISION == "bf16")
    if what == "forward":
        def run():
            with torch.no_grad(), half:
                call(x, level)
        return run
    if what == "sample":
        state, a = x.clone(), 2e-5
        def run():
            with torch.no_grad():
                with half:
                    score = call(state, level)
                state.add_(a * score + (2 * a) ** 0.5 * torch.randn_like(state))
        return run
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True if DEVICE == "cuda" else None)
    sigma = torch.exp(torch.linspace(0, -4.60517, 10, device=DEVICE))

    def run():
        level = torch.randint(0, 10, (batch,), device=DEVICE)
        s = sigma[level].view(-1, 1, 1, 1)
        z = torch.randn_like(x)
        with half:
            score = call(x + s * z, level)
        loss = 0.5 * ((s * score + z) ** 2).flatten(1).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return run


MEANS, LOG_WEIGHTS = torch.tensor([[5.0, 5.0], [-5.0, -5.0]]), torch.log(torch.tensor([0.8, 0.2]))


def sliced():
    net = nn.Sequential(nn.Linear(2, 128), nn.Softplus(), nn.Linear(128, 128), nn.Softplus(), nn.Linear(128, 2)).to(DEVICE)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def run():
        x = (MEANS[(torch.rand(128, device=DEVICE) > 0.8).long()] + torch.randn(128, 2, device=DEVICE)).requires_grad_(True)
        v = torch.randn(128, 2, device=DEVICE)
        s = net(x)
        slope, = torch.autograd.grad((s * v).sum(), x, create_graph=True)
        loss = ((slope * v).sum(1) + 0.5 * (s * s).sum(1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return run


def mixture():
    def run():
        x = torch.rand(1280, 2, device=DEVICE) * 16 - 8
        with torch.no_grad():
            for sigma in torch.exp(torch.linspace(2.995732, 0, 10)).tolist():
                a = 0.1 * sigma * sigma / 2
                for _ in range(100):
                    difference = MEANS - x[:, None]
                    weight = torch.softmax(LOG_WEIGHTS - (difference ** 2).sum(2) / (2 * sigma * sigma), 1)
                    score = (weight[..., None] * difference).sum(1) / (sigma * sigma)
                    x = x + a * score + (2 * a) ** 0.5 * torch.randn_like(x)
    return run


CASES = {
    "toy_ssm": sliced, "gmm_als": mixture,
    **{f"{name}_{what}": (lambda c=c, s=s, n=n, b=b, w=what: refinenet(c, s, n, b, w))
       for name, c, s, n, b in (("mnist64_b8", 1, 28, 64, 8), ("cifar128_b8", 3, 32, 128, 8), ("mnist64_b128", 1, 28, 64, 128),
                                ("cifar128_b128", 3, 32, 128, 128), ("cifar128_b500", 3, 32, 128, 500)) for what in ("forward", "step", "sample")},
}


def main():
    global DEVICE, PRECISION, COMPILE, LAYOUT, MEANS, LOG_WEIGHTS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("threads", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--precision", default="fp32", choices=("fp32", "tf32", "bf16"))
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    DEVICE, PRECISION, COMPILE = options.device, options.precision, options.compile
    cuda = DEVICE == "cuda"
    if cuda:
        LAYOUT = torch.channels_last
        MEANS, LOG_WEIGHTS = MEANS.cuda(), LOG_WEIGHTS.cuda()
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = PRECISION != "fp32"
    finish = torch.cuda.synchronize if cuda else lambda: None
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    run = CASES[options.case]()
    for _ in range(5 if cuda else 2):
        run()
    finish()
    each = 1
    if cuda:                                                # several calls between two looks at the clock: the host runs ahead, as in use
        start = time.perf_counter()
        run(), finish()
        each = max(1, min(20, int(0.2 / (time.perf_counter() - start))))
    times, end = [], time.perf_counter() + options.seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(each):
            run()
        finish()
        times.append(1e3 * (time.perf_counter() - start) / each)
    peak = torch.cuda.max_memory_allocated() / 2**20 if cuda else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"case": options.case, "device": DEVICE, "precision": PRECISION, "compile": COMPILE, "threads": options.threads,
                      "best_ms": min(times), "median_ms": statistics.median(times), "peak_mib": peak, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
