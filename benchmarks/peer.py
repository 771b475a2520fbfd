#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same work as the benchmarks beside this file, in PyTorch: `peer.py CASE THREADS SECONDS [--device cuda]
[--precision fp32|tf32|bf16] [--compile] [--channels-last] [--openvino]` prints one JSON line with the best and the median time in milliseconds, the
best of the processor's time, and the peak memory; the case `kernels` prints one for each kernel of gpu_kernels.cu. Compiled evaluations have their
weights frozen. On a GPU: channels_last, autocast for bf16, fused Adam, cuDNN's own search for the fastest algorithm, and for the kernels CUDA graphs,
so that they are compared without the host. `tiny_...` are for trying this file without a GPU. `peer.py NETWORK --check FILE` compares results and
gradients with ours. Used only where torch is installed; nothing in the library needs it."""
import argparse
import json
import os
import resource
import statistics
import sys
import time

os.environ.setdefault("TORCHINDUCTOR_FREEZING", "1")              # counts where nothing is differentiated
import torch
import torch.nn.functional as F
from torch import nn

from peer_networks import NETWORKS, Norm, RefineNet

DEVICE, PRECISION, COMPILE, OPENVINO, LAYOUT = "cpu", "fp32", False, False, torch.contiguous_format


class Work:
    """A call, how many pieces of work it is, and how often it is called before it is timed."""

    def __init__(self, call, pieces=1, unmeasured=None):
        self.call, self.pieces, self.unmeasured = call, pieces, unmeasured


def images(network, batch):
    """A network on the device, a batch for it, and for those that are told it the level of each image."""
    make, channels, extent, levels = NETWORKS[network]
    net = make().to(DEVICE, memory_format=LAYOUT)
    x = torch.rand(batch, channels, extent, extent, device=DEVICE).contiguous(memory_format=LAYOUT)
    return net, x, torch.arange(batch, device=DEVICE) % levels if levels else None


def compiled(net):
    return torch.compile(net) if COMPILE else net


def openvino(net, x, level):
    """A call of the network by OpenVINO in float32."""
    import openvino
    given = (x,) if level is None else (x, level)
    model = openvino.convert_model(net.eval(), example_input=given, input=[list(t.shape) for t in given])
    settings = {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()
    inputs = [t.numpy() for t in given]
    return lambda: request.infer(inputs)


class Learner:
    """Adam, and a running average, of a network's parameters; of its buffers as well."""

    def __init__(self, net, rate=1e-3, betas=(0.9, 0.999), epsilon=1e-8, average=True):
        self.optimizer = torch.optim.Adam(net.parameters(), lr=rate, eps=epsilon, fused=True)
        self.optimizer.param_groups[0]["betas"] = betas     # of which the first may be negative
        self.now = [p.data for p in net.parameters()] + list(net.buffers())
        self.average = [t.clone() for t in self.now] if average else None

    def learn(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.average:
            torch._foreach_lerp_(self.average, self.now, 0.001)


def score_network(network, batch, what, over_sigma):
    """over_sigma: the score is f/sigma, and a step of training has a running average."""
    net, x, level = images(network, batch)
    call = compiled(net)
    half = torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=PRECISION == "bf16")
    if what == "forward":
        if OPENVINO:
            return Work(openvino(net, x, level))

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
    learner = Learner(net, average=over_sigma)

    def run():
        level, s = drawn_levels(batch)
        z = torch.randn_like(x)
        with half:
            f = call(x + s * z, None if over_sigma else level)
        learner.learn(0.5 * (((1 if over_sigma else s) * f + z) ** 2).flatten(1).sum(1).mean())
    return Work(run)


def drawn_levels(batch):
    """Ten from 1 to 0.01: indices, and a standard deviation for each image."""
    level = torch.randint(0, 10, (batch,), device=DEVICE)
    return level, torch.exp(-4.60517 / 9 * level).view(-1, 1, 1, 1)


def adversarial(score, discriminator, batch):
    """A turn of the discriminator and a step of the score, least squares; D's answers on data, which this loss of the score does not look at, are
    not asked for."""
    net, x, _ = images(score, batch)
    judge, _, _ = images(discriminator, batch)
    call, ask = compiled(net), compiled(judge)
    of_score, of_judge = Learner(net, 1e-4, (0, 0.9)), Learner(judge, 1e-4, (-0.5, 0.9), average=False)

    def run():
        _, s = drawn_levels(batch)
        noisy = x + s * torch.randn_like(x)
        judge.requires_grad_(True)
        with torch.no_grad():
            fake = (noisy + s * call(noisy)).clamp(0, 1)
        of_judge.learn(((ask(x) - 1) ** 2).mean() + ((ask(fake) + 1) ** 2).mean())
        judge.requires_grad_(False)
        _, s = drawn_levels(batch)
        z = torch.randn_like(x)
        noisy = x + s * z
        f = call(noisy)
        fooling = ((ask((noisy + s * f).clamp(0, 1)) - 1) ** 2).mean()
        of_score.learn(0.5 * ((f + z) ** 2).flatten(1).sum(1).mean() + fooling)
    return Work(run)


def recovery(network, batch, what):
    """A move of the chains of recovery likelihood, or a step of training with 30 of them; T6 as its code has it."""
    net, x, level = images(network, batch)
    x, energy = 2 * x - 1, compiled(net)
    kept = torch.tensor([0.99995, 0.94616654, 0.85629003, 0.77479621, 0.70091772, 0.63395611, 0.02277645], dtype=torch.float64)
    sigma, total = (1 - kept**2).sqrt(), kept.cumprod(0)
    noise = (1 - total**2).sqrt()
    variance = 2e-4 * sigma[1:] ** 2 * noise[:-1] / noise[0]
    pull = (torch.arange(6) < 5) / sigma[1:] ** 2
    rows = [t.float() for t in (total[:-1], noise[:-1], kept[1:], sigma[1:], variance, pull, sigma[1] / sigma[1:])]

    def of(level):
        return [row[level].view(-1, 1, 1, 1) for row in rows]

    def move(y, noisier, level, variance, pull):
        y = y.detach().requires_grad_(True)
        slope, = torch.autograd.grad(energy(y, level).sum(), y)
        with torch.no_grad():
            return y - 0.5 * slope - 0.5 * variance * pull * (y - noisier) + variance.sqrt() * torch.randn_like(y)

    if what == "langevin":
        net.requires_grad_(False)
        state = [x]
        *_, variance, pull, _ = of(level)

        def run():
            state[0] = move(state[0], x, level, variance, pull)
        return Work(run)
    learner = Learner(net, 1e-4, epsilon=1e-7)

    def run():
        level = torch.randint(0, 6, (batch,))
        total, noise, kept, sigma, variance, pull, weight = of(level)
        x_t = total * x + noise * torch.randn_like(x)
        noisier = kept * x_t + sigma * torch.randn_like(x)
        net.requires_grad_(False)
        y = noisier
        for _ in range(30):
            y = move(y, noisier, level, variance, pull)
        net.requires_grad_(True)
        kept = torch.where(level < 5, kept.flatten(), torch.ones(())).view(-1, 1, 1, 1)
        learner.learn((weight.flatten() * (energy(kept * x_t, level) - energy(y, level)).flatten()).mean())
    return Work(run)


def check(network, path):
    """Weights, images, result f and the derivatives of 1/2 sum f^2 that benchmarks/networks wrote, against ours here, in double precision; the
    largest differences in units of the largest element."""
    from safetensors.torch import load_file
    found = {k: v.double() for k, v in load_file(path).items()}
    net, x, level = images(network, found["x"].shape[0])
    net = net.double()
    ours = lambda t: t.permute(0, 3, 1, 2) if t.dim() == 4 else t
    part = lambda prefix: {k[len(prefix):]: ours(v) for k, v in found.items() if k.startswith(prefix) and not k.startswith(prefix + "temb_dense")}
    net.load_state_dict(part("weights/"), strict=True)
    x = ours(found["x"]).contiguous().requires_grad_(True)
    f = net(x, level)
    (0.5 * (f * f).sum()).backward()
    theirs = {"f": f, "x": x.grad, **{k: p.grad for k, p in net.named_parameters()}}
    least = 1e-6 * max(g.abs().max().item() for g in theirs.values())              # the bias of the keys of attention has no derivative
    off = lambda a, b: ((a - b).abs().max() / b.abs().max().clamp(min=least)).item()
    mine = {"f": ours(found["f"]), "x": ours(found["of/x"]), **part("of/weights/")}
    worst = max((off(mine[k], theirs[k].detach()), k) for k in theirs)
    of_f = off(mine["f"], f.detach())
    print(json.dumps({"network": network, "f": of_f, "worst": worst[0], "worst_is": worst[1], "compared": len(theirs)}))
    if not max(of_f, worst[0]) < 1e-4:                                              # float against double; a wrong formula is off by far more
        sys.exit(f"{network}: results or gradients differ")


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
    **{f"{name}_b{batch}_{what}": (lambda n=network, b=batch, w=what, o=over_sigma: score_network(n, b, w, o))
       for name, network, over_sigma, batches in (
           ("mnist64", "refinenet_mnist64", False, (8, 128)), ("cifar128", "refinenet_cifar128", False, (8, 128, 500)),
           ("tiny", "refinenet_tiny", False, (2,)), *((n, n, True, (8,)) for n in ("ncsnv2_w64", "ncsnv2_mnist64", "unet_w64")))
       for batch in batches for what in ("forward", "step", "sample", "consistent")},
    "adversarial_w64_b8_step": lambda: adversarial("ncsnv2_w64", "discriminator_w32", 8),
    **{f"recovery_w32_b8_{what}": (lambda w=what: recovery("recovery_w32", 8, w)) for what in ("langevin", "step")},
}
KERNELS = {"kernels": (128, 32, 128), "tiny_kernels": (2, 8, 8)}


def main():
    global DEVICE, PRECISION, COMPILE, OPENVINO, LAYOUT, MEANS, LOG_WEIGHTS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=[*CASES, *KERNELS, *NETWORKS])
    parser.add_argument("threads", type=int, nargs="?", default=1)
    parser.add_argument("seconds", type=float, nargs="?", default=1)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--precision", default="fp32", choices=("fp32", "tf32", "bf16"))
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--channels-last", action="store_true", help="on the host; a GPU has it anyhow")
    parser.add_argument("--openvino", action="store_true", help="for the case of an evaluation")
    parser.add_argument("--check", metavar="FILE", help="compare with what benchmarks/networks wrote; CASE is a network")
    options = parser.parse_args()
    DEVICE, PRECISION, COMPILE, OPENVINO = options.device, options.precision, options.compile, options.openvino
    cuda = DEVICE == "cuda"
    if cuda or options.channels_last:
        LAYOUT = torch.channels_last
    if cuda:
        MEANS, LOG_WEIGHTS = MEANS.cuda(), LOG_WEIGHTS.cuda()
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = PRECISION != "fp32"
    finish = torch.cuda.synchronize if cuda else lambda: None
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    if options.check:
        return check(options.case, options.check)
    if options.case in KERNELS:
        return kernels(*KERNELS[options.case], options.seconds, finish)
    work = CASES[options.case]()
    for _ in range(work.unmeasured or (5 if cuda else 2)):
        work.call()
    finish()
    if cuda:
        torch.cuda.reset_peak_memory_stats()                # cuDNN's search takes memory that is not needed later
    times, processor, end = [], [], time.perf_counter() + options.seconds

    def measure(calls):
        start, busy = time.perf_counter(), time.process_time()
        for _ in range(calls):
            work.call()
        finish()
        times.append(1e3 * (time.perf_counter() - start) / calls / work.pieces)
        processor.append(1e3 * (time.process_time() - busy) / calls / work.pieces)
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
                      "best_ms": min(times), "best_cpu_ms": min(processor), "median_ms": statistics.median(times), "peak_mib": peak,
                      "torch": torch.__version__}))


if __name__ == "__main__":
    main()
