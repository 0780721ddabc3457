"""Training steps per second: random against OT pairs, our step against autograd's and against the tutorials' loop.

Where a CUDA device is at hand: the captured step against the same step called eagerly, and the quality that CPU and
GPU reach from one seed. Both sides of a comparison take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from _table import Row, at_least, at_most, median, parse, report
from _tutorial import TutorialLoop

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.couplings import COUPLINGS
from fmviz.core.project import Project
from fmviz.flow.carry import ENDS, carry
from fmviz.flow.device import finish
from fmviz.flow.network import INPUTS, Layout, initial_parameters
from fmviz.flow.quality import FINAL_TOTAL, distance
from fmviz.flow.step import CapturedCall, Step, schedule_rows
from fmviz.flow.train import Trainer

SOURCE, TARGET = Side(shape="8gaussians"), Side(shape="moons")
BATCH = 256
# Those by pools take the speed of random pairs; those by the batch wait for each plan.
POOLED, BY_BATCH = ("ot", "semidiscrete", "entropic"), "batch-ot"
MEASURED = ("random", *POOLED, BY_BATCH)


def lane_rate(coupling: str, seconds: float) -> float:
    """Return steps per second of one lane with the defaults, waiting for plans included."""
    config = FlowConfig(coupling=coupling, train_seconds=seconds)
    trainer = Trainer(Project(SOURCE, TARGET, (config,)), 0, torch.device("cpu"))
    trainer.begin()
    for _ in trainer.work():
        pass
    trainer.close()
    return trainer.step / trainer.seconds


def rate(call: Callable[[], object], seconds: float, device: torch.device) -> float:
    """Return calls per second."""
    for _ in range(20):
        call()
    _wait_for(device)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for _ in range(20):
            call()
        count += 20
    _wait_for(device)
    return count / (time.perf_counter() - began)


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def bare_step(batch: int, device: torch.device, is_captured: bool) -> Callable[[], object]:
    """Return one step of the default network on fixed random data."""
    rng, layout = torch.Generator().manual_seed(0), Layout(128, 3)
    step = Step(layout, initial_parameters(layout, rng).to(device), batch)
    data = (torch.randn(batch, INPUTS, generator=rng).to(device), torch.randn(batch, 2, generator=rng).to(device),
            schedule_rows(0, 1, [1e-4], 0.999)[0].to(device))
    run = CapturedCall(step.run, data, step.state) if is_captured else step.run
    return lambda: run(*data)


def autograd_step(batch: int) -> Callable[[], object]:
    """Return the same step as it is usually written: autograd, fused Adam, an average."""
    rng, layout = torch.Generator().manual_seed(0), Layout(128, 3)
    parameters = initial_parameters(layout, rng)
    pieces = [piece.clone().requires_grad_() for pair in layout.layers(parameters) for piece in pair]
    averages = [piece.detach().clone() for piece in pieces]
    adam = torch.optim.Adam(pieces, lr=1e-4, fused=True)
    inputs, ut = torch.randn(batch, INPUTS, generator=rng), torch.randn(batch, 2, generator=rng)

    def call() -> None:
        h = inputs
        for weight, bias in zip(pieces[:-2:2], pieces[1:-2:2], strict=True):
            h = torch.nn.functional.silu(torch.nn.functional.linear(h, weight, bias))
        adam.zero_grad()
        ((torch.nn.functional.linear(h, pieces[-2], pieces[-1]) - ut) ** 2).sum(1).mean().backward()
        adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, pieces, 1e-3)

    return call


def on_cpu(quick: bool) -> list[Row]:
    """Compare on one CPU thread."""
    cpu, rounds, seconds = torch.device("cpu"), (2 if quick else 5), (4.0 if quick else 12.0)
    lanes: dict[str, list[float]] = {key: [] for key in MEASURED}
    tutorial, ours, theirs = [], [], []
    for index in range(rounds):
        for coupling in MEASURED[::1 if index % 2 else -1]:
            lanes[coupling].append(lane_rate(coupling, seconds))
        tutorial.append(TutorialLoop(SOURCE, TARGET, index).train(seconds / 3))
        ours.append(rate(bare_step(BATCH, cpu, False), seconds / 6, cpu))
        theirs.append(rate(autograd_step(BATCH), seconds / 6, cpu))
    usual = lanes["random"]
    return [
        *(at_least(f"{COUPLINGS[key].label} steps/s / random",
                   median([b / a for a, b in zip(usual, rates, strict=True)]), 0.95, "x",
                   f"{median(rates):,.0f} against {median(usual):,.0f}")
          for key, rates in lanes.items() if key in POOLED),
        Row("Batch OT steps/s / random", median([b / a for a, b in zip(usual, lanes[BY_BATCH], strict=True)]), "x",
            against=f"{median(lanes[BY_BATCH]):,.0f} against {median(usual):,.0f}"),
        Row("OT steps/s / tutorial's with emd in each batch", median(lanes["ot"]) / median(tutorial), "x",
            against=f"{median(lanes['ot']):,.0f} against {median(tutorial):,.0f}"),
        Row("our step / autograd, fused Adam", median(ours) / median(theirs), "x",
            against=f"{median(ours):,.0f} against {median(theirs):,.0f}"),
    ]


def quality(device: torch.device, steps: int) -> float:
    """Return W2 after so many steps on a device."""
    config = FlowConfig(steps=steps)
    trainer = Trainer(Project(SOURCE, TARGET, (config,)), 0, device)
    trainer.begin()
    for _ in trainer.work():
        pass
    x0 = SOURCE.sample(FINAL_TOTAL, np.random.default_rng(9))
    ends = finish(carry(trainer.field(), trainer.frame, x0, Sampling("midpoint", 100), ENDS)).x[-1]
    return distance(ends, TARGET, 1).value


def on_gpu(quick: bool) -> list[Row]:
    """Compare captured with eager steps, and the CPU's quality with the GPU's."""
    cuda, seconds = torch.device("cuda"), (1.0 if quick else 4.0)
    rows = []
    for batch in (256, 4096):
        captured, eager = (
            median([rate(bare_step(batch, cuda, is_captured), seconds, cuda) for _ in range(3)])
            for is_captured in (True, False)
        )
        rows.append(Row(f"CUDA graph / eager, batch {batch:,}", captured / eager, "x",
                        against=f"{captured:,.0f} against {eager:,.0f} steps/s"))
    steps = 3_000 if quick else 12_000
    on_cuda, on_host = quality(cuda, steps), quality(torch.device("cpu"), steps)
    rows.append(at_most(f"W2 on the GPU / on the CPU, {steps:,} steps", on_cuda / on_host, 1.15, "x",
                        f"{on_cuda:.3f} against {on_host:.3f}"))
    return rows


def main() -> int:
    args = parse("Steps per second of training, one CPU thread and, where there is one, a CUDA device.")
    torch.set_num_threads(1)
    rows = on_cpu(args.quick)
    if torch.cuda.is_available():
        rows += on_gpu(args.quick)
    return report("training: steps per second, 8gaussians to moons, the default settings", rows, args)


if __name__ == "__main__":
    sys.exit(main())
