"""How exact the known fields are, and how fast: against all pairs one by one, against closed forms, against a map;
what is learned in twenty seconds against what is true; how likely a normalizing flow makes its target; and how straight
reflow makes a flow.

Errors are relative L2, over places where the flow is at that time.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np
import torch
from _learned import fields, least_loss, likelihoods, printed_energy
from _table import Row, at_most, median, parse, report
from scipy.integrate import solve_ivp

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.marginal import MarginalField, paired_velocity
from fmviz.core.models import NORMALIZING
from fmviz.core.paths import PATHS
from fmviz.core.project import Project
from fmviz.core.shapes import EIGHT_CENTRES
from fmviz.flow.carry import ENDS, carry
from fmviz.flow.device import finish
from fmviz.flow.displacement import DisplacementField
from fmviz.flow.integrate import adaptive_steps
from fmviz.flow.likelihood_training import LikelihoodTrainer
from fmviz.flow.quality import FINAL_TOTAL, distance
from fmviz.flow.strata import even_sample
from fmviz.flow.train import Trainer
from fmviz.flow.transport import solve_plan

STRAIGHT = PATHS["straight"]
TIMES = (0.1, 0.5, 0.9)
NODES = 29


def finite(shape: str, n: int, seed: int) -> Side:
    """Return a cloud of n points of a shape."""
    return Side(cloud=PointCloud(Side(shape=shape).sample(n, np.random.default_rng(seed))))


def error(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the relative L2 error in percent."""
    return 100 * float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def against_pairs() -> Row:
    """Compare the convolution of 400 x 400 points with the sum over their pairs."""
    source, target = finite("moons", 400, 0), finite("8gaussians", 400, 1)
    field, rng = MarginalField(source, target, STRAIGHT, 0.0, np.random.default_rng(0)), np.random.default_rng(2)
    assert source.cloud is not None
    assert target.cloud is not None
    a, b = np.repeat(source.cloud.xy, 400, axis=0), np.tile(target.cloud.xy, (400, 1))
    worst = 0.0
    for t in TIMES:
        x = STRAIGHT.points(*(side.sample(150, rng) + h * rng.normal(size=(150, 2)) for side, h in
                              zip((source, target), field.smoothing, strict=True)), t)
        worst = max(worst, error(field.velocity(x, t), paired_velocity(x, t, a, b, STRAIGHT, *field.smoothing)))
    return at_most("convolution against all pairs", worst, 0.2, "%", "400 x 400 points, worst of three times")


def against_truth(n: int, most: float) -> Row:
    """Compare the field of n points of each side with that of what they were drawn from."""
    source, target, rng = Side(shape="8gaussians"), Side(shape="two-piles-right"), np.random.default_rng(3)
    truth = MarginalField(source, target, STRAIGHT, 0.0, rng)
    ours = MarginalField(finite("8gaussians", n, 0), finite("two-piles-right", n, 1), STRAIGHT, 0.0, rng)
    worst = 0.0
    for t in TIMES:
        x = STRAIGHT.points(source.sample(4_000, rng), target.sample(4_000, rng), t)
        worst = max(worst, error(ours.velocity(x, t), truth.velocity(x, t)))
    return at_most(f"field of {n:,} points against the true one", worst, most, "%", "8gaussians to piles")


def cost(repeat: int) -> Row:
    """Time one field of 2,000 points of each side on a grid: its processor time, which a busy machine leaves alone."""
    field = MarginalField(finite("moons", 2_000, 0), finite("8gaussians", 2_000, 1), STRAIGHT, 0.0,
                          np.random.default_rng(0))
    nodes = np.linspace(-7, 7, NODES)
    grid = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)
    spent = []
    for t in np.linspace(0.05, 0.95, repeat).tolist():
        start = time.process_time()
        field.velocity(grid, t)
        spent.append(time.process_time() - start)
    return at_most("one time on 29 x 29 places", 1e3 * median(spent), 15, "ms", "2,000 x 2,000 points, processor time")


def optimal(draws: int) -> Row:
    """Compare the field of exact plans of 2,048 samples with that of an affine map, in the mean over draws."""
    matrix, shift, errors = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([3.0, -1.0]), []
    for draw in range(draws):
        rng, source = np.random.default_rng(draw), Side(shape="gaussian")
        x0, x1 = even_sample(source, 2_048, rng), even_sample(source, 2_048, rng) @ matrix.T
        x0, x1 = x0 - x0.mean(axis=0), x1 - x1.mean(axis=0)
        rows = solve_plan(x0.astype(np.float32), x1.astype(np.float32)).argmax(axis=1)
        field, z = DisplacementField(x0, x1[rows] + shift, STRAIGHT, np.zeros(2)), source.sample(2_000, rng)
        ut = z @ matrix.T + shift - z
        errors += [error(field.velocity(z + t * ut, t), ut) for t in TIMES]
    return at_most("OT field against an affine truth", float(np.mean(errors)), 3, "%", "2,048 pairs")


def likelihood(seconds: float) -> Row:
    """Learn two moons by a normalizing flow of splines, and measure fresh points of them in nats."""
    config = FlowConfig(model=NORMALIZING, train_seconds=seconds)
    project = Project(Side(shape="gaussian"), Side(shape="moons"), (config,))
    torch.set_num_threads(1)
    trainer = LikelihoodTrainer(project, 0, torch.device("cpu"))
    trainer.begin()
    for _ in trainer.work():
        pass
    x1 = project.target.sample(20_000, np.random.default_rng(4))
    nll = -float(trainer.field().log_density(x1).mean())
    return at_most("NLL of a spline flow, Gaussian to moons", nll, 2.17, "nats",
                   f"{seconds:g} s, {trainer.step:,} steps; the least is 2.03")


def reflow(source: str, seconds: float, most: float) -> Row:
    """Learn moons with random coupling, then from pairs of its own; compare W2 of 1 and 100 Euler steps."""
    config = FlowConfig(train_seconds=seconds, reflow=1, solver="euler")
    project = Project(Side(shape=source), Side(shape="moons"), (config,))
    torch.set_num_threads(1)
    trainer = Trainer(project, 0, torch.device("cpu"))
    trainer.begin()
    for _ in trainer.work():
        pass
    trainer.close()
    x0 = project.source.sample(FINAL_TOTAL, np.random.default_rng(5))
    motions = (finish(carry(trainer.field(), trainer.frame, x0, replace(config.sampling, nfe=nfe), ENDS))
               for nfe in (1, 100))
    one, many = (distance(motion.x[-1], project.target, 0).value for motion in motions)
    return at_most(f"reflow, W2 of 1 against 100 Euler steps, {source} to moons", one / many, most, "",
                   f"{seconds:g} s a round, {trainer.step:,} steps; W2 {one:.3f} / {many:.3f}")


def shares(steps: int) -> Row:
    """Learn N to 8gaussians with OT, three seeds; see how many of 20,000 samples each mode gets, against an eighth."""
    torch.set_num_threads(1)
    off, count = [], 20_000
    for seed in range(3):
        config = FlowConfig(coupling="ot", steps=steps, seed=seed)
        project = Project(Side(shape="gaussian"), Side(shape="8gaussians"), (config,))
        trainer = Trainer(project, 0, torch.device("cpu"))
        trainer.begin()
        for _ in trainer.work():
            pass
        trainer.close()
        x0 = project.source.sample(count, np.random.default_rng([6, seed]))
        x1 = finish(carry(trainer.field(), trainer.frame, x0, config.sampling, ENDS)).x[-1]
        modes = ((x1[:, None] - EIGHT_CENTRES) ** 2).sum(axis=2).argmin(axis=1)
        off.append(np.bincount(modes, minlength=8) / count - 1 / 8)
    rms = float(np.sqrt(np.mean(np.square(off))))
    return at_most("mode shares, N to 8gaussians, OT: rms off an eighth", rms, 0.0025, "",
                   f"{count:,} samples after {steps:,} steps, three seeds, worst {np.abs(off).max():.4f}; "
                   f"chance alone {np.sqrt(7 / 64 / count):.4f}")


def adaptive(n: int) -> list[Row]:
    """Carry n points through the exact field of N to 8gaussians, as SciPy's method of the same table does."""
    source = Side(shape="gaussian")
    field = MarginalField(source, Side(shape="8gaussians"), STRAIGHT, 0.0, np.random.default_rng(0))
    x0 = torch.from_numpy(source.sample(n, np.random.default_rng(1)).astype(np.float64))
    ours, theirs = [], []
    for tolerance in (1e-2, 1e-3, 1e-4, 1e-5):
        steps = adaptive_steps(lambda x, t: torch.from_numpy(field.velocity(x.numpy(), t)), x0, "dopri5", tolerance)
        ours.append([step.nfe for step in steps if step is not None][-1])
        theirs.append(solve_ivp(lambda t, x: field.velocity(x.reshape(-1, 2), t).ravel(), (0, 1), x0.numpy().ravel(),
                                rtol=tolerance, atol=tolerance).nfev)
    apart = 100 * max(abs(one - other) / other for one, other in zip(ours, theirs, strict=True))
    counts = "/".join(map(str, ours))
    return [at_most("adaptive solver: evaluations away from SciPy's", apart, 20, "%",
                    f"{counts} against {'/'.join(map(str, theirs))} at tolerance 1e-2 to 1e-5, N to 8gaussians")]


def main() -> int:
    args = parse("The exact fields, against what they should be.")
    rows = [cost(9 if args.quick else 45), against_pairs(), against_truth(2_000, 7), optimal(1 if args.quick else 4),
            *adaptive(200 if args.quick else 1_000)]
    if not args.quick:
        rows += [against_truth(200_000, 2), least_loss(), *fields(20), *likelihoods(20), *printed_energy(20, 10),
                 likelihood(20), reflow("8gaussians", 10, 1.3), reflow("gaussian", 10, 1.1),
                 shares(16_000)]
    return report("mathematics: exact fields", rows, args)


if __name__ == "__main__":
    sys.exit(main())
