"""The 2-D table of Tong et al. (TMLR 2024, arXiv 2302.00482): ours, torchcfm's own loop, the exact values, theirs.

Both learn from the same 10,000 points of each side with path noise .1 and are measured alike: 100 Euler steps, W2 to
fresh points beside its floor, and the normalised path energy, NPE. Their loop is written out from their set-up: three
hidden layers of 64 SELU units, AdamW at 1e-3 with weight decay 1e-5, batches of 512, for OT a plan by `ot.emd` in each
batch, drawn from with replacement. Ours has the defaults. The exact NPE of random pairs is that of the marginal field,
E|x1 - x0|^2 less the least loss, over W2^2; that of OT is 0, and what the exact lane of OT measures stands beside it.

The shapes have torchcfm's constants. The published numbers come from its own larger ones in part, and two of them were
reproduced by nobody: they are printed to be seen beside, not to be met.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
import ot
import torch
from _table import Row, parse, report

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.project import Project
from fmviz.flow.carry import EVERY_STATE, carry
from fmviz.flow.device import finish
from fmviz.flow.exact import known_of
from fmviz.flow.known_model import ExactLearner
from fmviz.flow.path_numbers import path_energies
from fmviz.flow.quality import FINAL_TOTAL, distance, floor, path_energy, transport_cost
from fmviz.flow.train import Trainer

PROBLEMS = {"N to 8gaussians": ("gaussian", "8gaussians"), "moons to 8gaussians": ("moons", "8gaussians"),
            "N to moons": ("gaussian", "moons"), "N to s-curve": ("gaussian", "s-curve")}
# NPE as published, random and OT.
PUBLISHED = {"N to 8gaussians": (0.222, 0.018), "moons to 8gaussians": (2.738, 0.053), "N to moons": (0.841, 0.087),
             "N to s-curve": (0.867, 0.027)}
COUPLINGS = ("random", "ot")
POINTS, SIGMA, EULER_STEPS = 10_000, 0.1, 100
BATCH, WIDTH, RATE, DECAY = 512, 64, 1e-3, 1e-5
FIRST_SEED = 42


class Job(NamedTuple):
    """One training: whose, of what, with how many steps."""

    problem: str
    coupling: str
    is_ours: bool
    seed: int
    steps: int


class Result(NamedTuple):
    """What one training has reached, and the processor seconds of it."""

    w2: float
    npe: float
    seconds: float = 0.0


def sides(problem: str, seed: int) -> tuple[Side, Side]:
    """Return the points that are learned from."""
    return tuple(Side(cloud=PointCloud(Side(shape=shape).sample(POINTS, np.random.default_rng([seed, place]))))
                 for place, shape in enumerate(PROBLEMS[problem]))  # type: ignore[return-value]


def learn_ours(job: Job, x0: np.ndarray) -> np.ndarray:
    """Train with the defaults; return the trajectories (K, N, 2) of x0."""
    config = FlowConfig(coupling=job.coupling, steps=job.steps, seed=job.seed, sigma=SIGMA)
    trainer = Trainer(Project(*sides(job.problem, job.seed), (config,)), 0, torch.device("cpu"))
    trainer.begin()
    for _ in trainer.work():
        pass
    trainer.close()
    return finish(carry(trainer.field(), trainer.frame, x0, Sampling("euler", EULER_STEPS), EVERY_STATE)).x


def learn_theirs(job: Job, x0: np.ndarray) -> np.ndarray:
    """Train with torchcfm's loop; return the trajectories (K, N, 2) of x0."""
    torch.manual_seed(job.seed)
    rng = np.random.default_rng([job.seed, 7])
    source, target = (side.cloud.xy for side in sides(job.problem, job.seed) if side.cloud is not None)
    layers = [layer for inputs in (3, WIDTH, WIDTH) for layer in (torch.nn.Linear(inputs, WIDTH), torch.nn.SELU())]
    network = torch.nn.Sequential(*layers, torch.nn.Linear(WIDTH, 2))
    adam = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    even = np.full(BATCH, 1 / BATCH)
    for _ in range(job.steps):
        a, b = (points[rng.integers(POINTS, size=BATCH)] for points in (source, target))
        if job.coupling == "ot":
            plan = ot.emd(even, even, ot.dist(a, b).astype(np.float64)).ravel()
            rows, columns = np.divmod(rng.choice(BATCH * BATCH, BATCH, p=plan / plan.sum()), BATCH)
            a, b = a[rows], b[columns]
        one, other = (torch.from_numpy(x.astype(np.float32)) for x in (a, b))
        t = torch.rand(BATCH, 1)
        xt = (1 - t) * one + t * other + SIGMA * torch.randn(BATCH, 2)
        adam.zero_grad()
        ((network(torch.cat([xt, t], dim=1)) - (other - one)) ** 2).mean().backward()
        adam.step()
    x, states = torch.from_numpy(x0.astype(np.float32)), [x0]
    with torch.no_grad():
        for k in range(EULER_STEPS):
            x = x + network(torch.cat([x, torch.full((len(x), 1), k / EULER_STEPS)], dim=1)) / EULER_STEPS
            states.append(x.numpy())
    return np.stack(states)


def run(job: Job) -> Result:
    """Train and measure, on one thread."""
    torch.set_num_threads(1)
    x0 = Side(shape=PROBLEMS[job.problem][0]).sample(FINAL_TOTAL, np.random.default_rng([job.seed, 9]))
    begun = time.process_time()
    x = (learn_ours if job.is_ours else learn_theirs)(job, x0)
    spent = time.process_time() - begun
    return measured(job.problem, x, job.seed)._replace(seconds=spent)


class Exact(NamedTuple):
    """The exact NPE of random pairs, what that of the exact OT field is measured as, W2 of its points, W2 between the
    sides, and the floor of W2.
    """

    npe: float
    npe_of_ot: float
    w2_of_ot: float
    apart: float
    floor: float


def exact(problem: str) -> Exact:
    """Return what is known without learning."""
    source, target = (Side(shape=shape) for shape in PROBLEMS[problem])
    project = Project(source, target, (FlowConfig(sigma=SIGMA),))
    x0, x1 = (side.sample(200_000, np.random.default_rng(place)) for place, side in enumerate((source, target)))
    mean_cost = (x0**2).sum(axis=1).mean() + (x1**2).sum(axis=1).mean() - 2 * x0.mean(axis=0) @ x1.mean(axis=0)
    least, cost = known_of(project).loss_floor, transport_cost(source, target, FIRST_SEED).value
    assert least is not None
    optimal = ExactLearner(Project(source, target, (FlowConfig(coupling="ot", model="exact"),)), 0)
    of_ot = measured(problem, finish(carry(optimal.field(), optimal.frame, x0[:FINAL_TOTAL],
                                           Sampling("euler", EULER_STEPS), EVERY_STATE)).x, FIRST_SEED)
    return Exact(float((mean_cost - least) / cost - 1), of_ot.npe, of_ot.w2, float(np.sqrt(cost)),
                 floor(target, FIRST_SEED).value)


def measured(problem: str, x: np.ndarray, seed: int) -> Result:
    """Return W2 and NPE of trajectories x (K, N, 2)."""
    source, target = (Side(shape=shape) for shape in PROBLEMS[problem])
    energies = path_energies(np.linspace(0, 1, EULER_STEPS + 1), x)
    npe = path_energy(source, seed, x[0], energies, transport_cost(source, target, seed))["npe"]
    return Result(distance(x[-1], target, seed).value, float("nan") if npe is None else npe)


def said(values: list[float]) -> str:
    """Return a mean, and its deviation over seeds if there are several."""
    mean = statistics.fmean(values)
    return f"{mean:.3f}" if len(values) < 2 else f"{mean:.3f} ± {statistics.stdev(values):.3f}"


def main() -> int:
    def more(parser: object) -> None:
        parser.add_argument("--seeds", type=int, default=1, help="how many; five is the full run")  # type: ignore[attr-defined]

    args = parse("The 2-D table of Tong et al., one seed in ten minutes on two cores.", more)
    ours, theirs = (400, 100) if args.quick else (12_000, 4_000)
    jobs = [Job(problem, coupling, is_ours, FIRST_SEED + seed, ours if is_ours else theirs)
            for problem, coupling, is_ours, seed in
            itertools.product(PROBLEMS, COUPLINGS, (False, True), range(args.seeds))]
    found: dict[tuple[str, str, bool], list[Result]] = {}
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_context("spawn")) as pool:
        for done, (job, result) in enumerate(zip(jobs, pool.map(run, jobs), strict=True), start=1):
            found.setdefault(job[:3], []).append(result)
            print(f"{done} of {len(jobs)}: {job.problem}, {job.coupling}, {'ours' if job.is_ours else 'torchcfm'}: "
                  f"W2 {result.w2:.3f}, NPE {result.npe:.3f}, {result.seconds:.0f} s", file=sys.stderr, flush=True)
        known = dict(zip(PROBLEMS, pool.map(exact, PROBLEMS), strict=True))
    rows = []
    for problem, coupling in itertools.product(PROBLEMS, COUPLINGS):
        mine, other = (found[problem, coupling, is_ours] for is_ours in (True, False))
        known_of_it = known[problem]
        ratio = statistics.fmean(each.w2 for each in mine) / known_of_it.floor
        npe_exact = (f"{known_of_it.npe:.3f}" if coupling == "random" else
                     f"0 (its lane {known_of_it.npe_of_ot:.3f}, W2 {known_of_it.w2_of_ot:.3f})")
        rows.append(Row(f"{problem}, {coupling}", ratio, "W2 / floor", against=(
            f"NPE ours {said([each.npe for each in mine])}, torchcfm {said([each.npe for each in other])}, "
            f"exact {npe_exact}, "
            f"published {PUBLISHED[problem][COUPLINGS.index(coupling)]:.3f}; "
            f"W2 ours {said([each.w2 for each in mine])}, torchcfm {said([each.w2 for each in other])}, "
            f"floor {known_of_it.floor:.3f}, sides {known_of_it.apart:.2f} apart; "
            f"{statistics.fmean(each.seconds for each in mine):.0f} and "
            f"{statistics.fmean(each.seconds for each in other):.0f} s of one core")))
    return report(f"Tong et al., {args.seeds} seed(s), {ours:,} steps of ours, {theirs:,} of torchcfm's", rows, args)


if __name__ == "__main__":
    sys.exit(main())
