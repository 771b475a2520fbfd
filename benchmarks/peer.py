#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same work as the benchmarks beside this file, in PyTorch: `peer.py CASE THREADS SECONDS [--device cuda]
[--precision fp32|tf32|bf16] [--compile]` prints one JSON line with the best and the median time in milliseconds and the peak memory; the case `kernels`
prints one for each kernel of gpu_kernels.cu. On a GPU: channels_last, autocast for bf16, fused Adam, cuDNN's own search for the fastest algorithm, and
for the kernels CUDA graphs, so that they are compared without the host. `tiny_...` are for trying this file without a GPU. Used only where torch is
installed; nothing in the library needs it."""
import argparse
import json
import resource
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

DEVICE, PRECISION, COMPILE, LAYOUT = "cpu", "fp32", False, torch.contiguous_format


class Work:
    """A call, how many pieces of work it is, and how often it is called before it is timed."""

    def __init__(self, call, pieces=1, unmeasured=None):
        self.call, self.pieces, self.unmeasured = call, pieces, unmeasured


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
        return Work(run)
    if what == "sample":
        state, a = x.clone(), 2e-5
        def run():
            with torch.no_grad():
                with half:
                    score = call(state, level)
                state.add_(a * score + (2 * a) ** 0.5 * torch.randn_like(state))
        return Work(run)
    if what == "consistent":                                # 232 levels; between its ten the network is asked at the next larger one
        count, eta = 232, 0.9
        known, sigmas = (torch.exp(torch.linspace(0, -4.60517, n)).tolist() for n in (10, count))
        places = [torch.full((batch,), k, device=DEVICE) for k in range(10)]

        def run():
            state = torch.rand_like(x) + sigmas[0] * torch.randn_like(x)
            with torch.no_grad():
                for i, sigma in enumerate(sigmas):
                    k = max(j for j in range(10) if known[j] >= sigma * (1 - 1e-6))
                    with half:
                        score = call(state, places[k])
                    state = state + (eta * known[k] ** 2) * score
                    if i + 1 < count:
                        following = sigmas[i + 1]
                        state = state + max(0, 1 - ((1 - eta) * sigma / following) ** 2) ** 0.5 * following * torch.randn_like(state)
            return state
        return Work(run, count, 1)
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
    return Work(run)


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
    return Work(run)


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
    return Work(run)


RING = 8                                                    # batches in turn: more than the second-level cache keeps


def microseconds(call, seconds, finish, graph=True):
    """Of one call(k), k < RING, whose results are kept until those of all k are made; and whether a graph was replayed."""
    def once():
        return [call(k) for k in range(RING)]
    for _ in range(3):
        once()
    finish()
    start, work = once, None
    if DEVICE == "cuda" and graph:
        try:
            work = torch.cuda.CUDAGraph()
            with torch.cuda.graph(work, stream=torch.cuda.current_stream()):
                kept = once()
            start = work.replay
        except RuntimeError:
            finish()
            work = None
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        begun = time.perf_counter()
        for _ in range(10):
            start()
        finish()
        times.append(1e5 * (time.perf_counter() - begun) / RING)
    return statistics.median(times), work is not None


def image_kernels(batch, extent, channels, kind):
    """name -> call(k) for images [batch, channels, extent, extent] of one type."""
    def images(e):
        return [torch.randn(batch, channels, e, e, device=DEVICE, dtype=kind).contiguous(memory_format=LAYOUT) for _ in range(RING)]
    def compiled(f):
        return torch.compile(f) if COMPILE else f
    half = torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=kind == torch.bfloat16)
    x, small = images(extent), images(extent // 2)
    rows = torch.randn(batch, 3 * channels, device=DEVICE)
    norm = compiled(lambda image, r: F.elu(Norm.of_rows(image, r)))

    def forward(k):
        with torch.no_grad(), half:
            return norm(x[k], rows)
    yield "norm++ with ELU", forward
    leaves, parameters = [t.clone().requires_grad_(True) for t in x], rows.clone().requires_grad_(True)
    with half:
        results = [norm(t, parameters) for t in leaves]
    adjoints = [torch.randn_like(y) for y in results]
    yield "norm++ with ELU, backward", lambda k: torch.autograd.grad(results[k], (leaves[k], parameters), adjoints[k], retain_graph=True)
    del leaves, results, adjoints
    pool = compiled(lambda image: F.avg_pool2d(image, 5, 1, 2))
    yield "mean pool 5x5", lambda k: pool(x[k])
    grow = compiled(lambda image: F.interpolate(image, size=(extent, extent), mode="bilinear", align_corners=True))
    yield "bilinear 16 to 32", lambda k: grow(small[k])
    shrink = compiled(lambda y: torch.ops.aten.upsample_bilinear2d_backward(
        y, [extent, extent], [batch, channels, extent // 2, extent // 2], True))
    yield "bilinear 16 to 32, backward", lambda k: shrink(x[k])
    noise = compiled(torch.randn_like)
    yield "normal noise", lambda k: noise(x[k])


def adam_kernel(features):
    """All tensors of a RefineNet."""
    net = RefineNet(3, features).to(DEVICE)
    for p in net.parameters():
        p.grad = torch.randn_like(p)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True if DEVICE == "cuda" else None)
    yield "Adam, 30 M parameters", lambda k: optimizer.step()


def convolution_kernels(batch, extent, channels, kind):
    x, y = ([torch.randn(batch, channels, extent, extent, device=DEVICE, dtype=kind).contiguous(memory_format=LAYOUT) for _ in range(RING)]
            for _ in range(2))
    w = torch.randn(channels, channels, 3, 3, device=DEVICE, dtype=kind).contiguous(memory_format=LAYOUT)
    def backward(k, mask):
        return torch.ops.aten.convolution_backward(y[k], x[k], w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, mask)
    yield "convolution 3x3", lambda k: F.conv2d(x[k], w, padding=1)
    yield "convolution 3x3, to the images", lambda k: backward(k, [True, False, False])
    yield "convolution 3x3, to the weights", lambda k: backward(k, [False, True, False])


def kernels(batch, extent, channels, seconds, finish):
    """One JSON line a kernel; one that fails leaves a line too. Compiled are those that torch.compile changes."""
    import torch._functorch.config
    torch._functorch.config.donated_buffer = False          # a backward pass is repeated
    if DEVICE == "cuda":
        torch.cuda.set_stream(torch.cuda.Stream())          # graphs are not recorded on the default one
        torch.backends.cudnn.allow_tf32 = True
    low = torch.bfloat16
    parts = [("bf16", image_kernels(batch, extent, channels, low)), ("fp32", image_kernels(batch, extent, channels, torch.float32))]
    if not COMPILE:
        parts += [("fp32", adam_kernel(channels)), ("bf16", convolution_kernels(batch, extent, channels, low)),
                  ("tf32", convolution_kernels(batch, extent, channels, torch.float32))]
    for precision, part in parts:
        name = "the first kernel"
        try:
            for name, call in part:
                row = {"kernel": name, "precision": precision, "compile": COMPILE}
                try:
                    us, graph = microseconds(call, seconds, finish, graph=not name.startswith("Adam"))
                    print(json.dumps({**row, "us": us, "graph": graph}), flush=True)
                except RuntimeError as reason:
                    print(json.dumps({**row, "error": str(reason)[:300]}), flush=True)
        except RuntimeError as reason:                      # while its operands were made
            print(json.dumps({"kernel": f"after {name}", "precision": precision, "compile": COMPILE, "error": str(reason)[:300]}), flush=True)


CASES = {
    "toy_ssm": sliced, "gmm_als": mixture,
    **{f"{name}_{what}": (lambda c=c, s=s, n=n, b=b, w=what: refinenet(c, s, n, b, w))
       for name, c, s, n, b in (("mnist64_b8", 1, 28, 64, 8), ("cifar128_b8", 3, 32, 128, 8), ("mnist64_b128", 1, 28, 64, 128),
                                ("cifar128_b128", 3, 32, 128, 128), ("cifar128_b500", 3, 32, 128, 500), ("tiny_b2", 1, 8, 8, 2))
       for what in ("forward", "step", "sample", "consistent")},
}
KERNELS = {"kernels": (128, 32, 128), "tiny_kernels": (2, 8, 8)}


def main():
    global DEVICE, PRECISION, COMPILE, LAYOUT, MEANS, LOG_WEIGHTS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=[*CASES, *KERNELS])
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
    if options.case in KERNELS:
        return kernels(*KERNELS[options.case], options.seconds, finish)
    work = CASES[options.case]()
    for _ in range(work.unmeasured or (5 if cuda else 2)):
        work.call()
    finish()
    if cuda:
        torch.cuda.reset_peak_memory_stats()                # cuDNN's search takes memory that is not needed later
    times, end = [], time.perf_counter() + options.seconds

    def measure(calls):
        start = time.perf_counter()
        for _ in range(calls):
            work.call()
        finish()
        times.append(1e3 * (time.perf_counter() - start) / calls / work.pieces)
    measure(1)
    each = 1
    if cuda:                                                # several calls between two looks at the clock: the host runs ahead, as in use
        each = max(1, min(20, int(200 / times[0] / work.pieces)))
        if each > 1:
            times.clear()
    least = 1 if cuda or work.pieces > 1 else 3
    while len(times) < least or time.perf_counter() < end:
        measure(each)
    peak = torch.cuda.max_memory_allocated() / 2**20 if cuda else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"case": options.case, "device": DEVICE, "precision": PRECISION, "compile": COMPILE, "threads": options.threads,
                      "best_ms": min(times), "median_ms": statistics.median(times), "peak_mib": peak, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
