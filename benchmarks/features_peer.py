#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Features of images by the networks of benchmarks/features.cpp in others' hands: `features_peer.py NETWORK ENGINE THREADS SECONDS` prints one JSON
line with the best wall-clock and the best processor time of a batch, in milliseconds. ENGINE: eager or compile (PyTorch; channels_last, and for compile
the inductor with frozen weights), or openvino (float32, as the others). The work is the same: 32 x 32 images in [0, 1] to pooled features, resizing
and normalisation included. Needs torch, torchvision (its InceptionV3 stands for the FID's, which has the same convolutions) and openvino."""
import json
import os
import sys
import time

network, engine, threads, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
os.environ["TORCHINDUCTOR_FREEZING"] = "1"
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(threads)
torch.manual_seed(0)


class SamePad(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.pad = (before, after, before, after)

    def forward(self, x):
        return F.pad(x, self.pad)


def unit(i, o, k=1, stride=1, groups=1, act=True):
    after = (k - 1) // 2
    before = after - (stride - 1)
    layers = [] if before == after else [SamePad(before, after)]
    layers += [nn.Conv2d(i, o, k, stride, after if before == after else 0, groups=groups, bias=False), nn.BatchNorm2d(o, 1e-3)]
    return nn.Sequential(*layers, *([nn.ReLU6()] if act else []))


class Bottleneck(nn.Module):
    def __init__(self, i, o, ratio, k, stride):
        super().__init__()
        w = i * ratio
        self.body = nn.Sequential(*([unit(i, w)] if ratio > 1 else []), unit(w, w, k, stride, w), unit(w, o, act=False))
        self.adds = stride == 1 and i == o

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class Lite0(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [unit(3, 32, 3, 2)]
        for n, k, s, e, i, o in [(1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80), (3, 5, 1, 6, 80, 112),
                                 (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320)]:
            layers += [Bottleneck(i if b == 0 else o, o, e, k, s if b == 0 else 1) for b in range(n)]
        self.body = nn.Sequential(*layers, unit(320, 1280))
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, x):
        x = (F.interpolate(x, (224, 224), mode="bilinear", align_corners=False) - self.mean) / self.std
        return self.body(x).mean((2, 3))


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        from torchvision.models import inception_v3

        self.body = inception_v3(weights=None, aux_logits=False, init_weights=False, num_classes=1008)
        self.body.dropout = self.body.fc = nn.Identity()

    def forward(self, x):
        return self.body(2 * F.interpolate(x, (299, 299), mode="bilinear", align_corners=False) - 1)


def init(net):
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_in")
    return net.eval()


batch = {"efficientnet_lite0": 16, "inception_v3": 4}[network]
net = init(Lite0() if network == "efficientnet_lite0" else Inception())
x = torch.rand(batch, 3, 32, 32)
version = torch.__version__
with torch.no_grad():
    if engine == "openvino":
        import openvino

        core = openvino.Core()
        version = openvino.__version__
        model = openvino.convert_model(net, example_input=x, input=[batch, 3, 32, 32])
        compiled = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"})
        request, data = compiled.create_infer_request(), x.numpy()
        call = lambda: request.infer([data])
    else:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
        call_net = torch.compile(net) if engine == "compile" else net
        call = lambda: call_net(x)
    for _ in range(3):
        call()
    walls, cpus, begin = [], [], time.perf_counter()
    while time.perf_counter() - begin < seconds or len(walls) < 5:
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
print(json.dumps({"engine": engine, "network": network, "batch": batch, "threads": threads, "best_ms": 1e3 * min(walls), "best_cpu_ms": 1e3 * min(cpus), "version": version}))
