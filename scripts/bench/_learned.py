"""What is learned against what is true: the field of each path, the floor of the loss, density and likelihood, NPE."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from _table import Row, at_most
from quality import field_error, learn

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.paths import OWN, PATHS
from fmviz.core.project import LearnedFlow, Project
from fmviz.flow import log_density
from fmviz.flow.carry import EVERY_STATE, carry
from fmviz.flow.device import finish
from fmviz.flow.exact import known_of
from fmviz.flow.likelihood import held_out
from fmviz.flow.path_numbers import path_energies
from fmviz.flow.quality import FINAL_TOTAL, path_energy, transport_cost
from fmviz.flow.train import Trainer

NORMAL, EIGHT, MOONS = (Side(shape=shape) for shape in ("gaussian", "8gaussians", "moons"))
# E|u(x | z) - u(x)|^2 of the straight path, by 4e6 draws.
LEAST_LOSS = 9.13
MOST_ERROR = {"straight": 1.8}
MOST_ERROR_OF_OTHERS = 4.0


def fields(seconds: float) -> list[Row]:
    """Learn each path from a Gaussian to eight; compare the field with the exact one."""
    rows = []
    for key in (key for key in PATHS if key != OWN):
        error, steps = field_error(seconds, key)
        rows.append(at_most(f"learned against exact, {PATHS[key].label}", 100 * error,
                            MOST_ERROR.get(key, MOST_ERROR_OF_OTHERS), "%",
                            f"N to 8gaussians, relative L2 over t in [.05, .95], {seconds:g} s, {steps:,} steps"))
    return rows


def least_loss() -> Row:
    """Compare the floor of the loss with what many draws say."""
    least = known_of(Project(NORMAL, EIGHT, (FlowConfig(),))).loss_floor
    assert least is not None
    return at_most("irreducible part of the loss, away from 9.13", 100 * abs(least / LEAST_LOSS - 1), 2, "%",
                   f"{least:.3f}, N to 8gaussians")


def likelihoods(seconds: float) -> list[Row]:
    """Learn two flows; how likely do they make fresh target points, and what does the density sum up to?"""
    rows = []
    for target, coupling, most, words in ((EIGHT, "random", 2.63, "the least is 2.614"),
                                          (MOONS, "ot", 2.15, "the least is 2.03")):
        trainer = learn(NORMAL, target, coupling, seconds)
        project = Project(NORMAL, target, (FlowConfig(coupling=coupling),))
        found = finish(held_out(trainer.field(), trainer.frame, project, 20_000))
        assert found.nll is not None
        rows.append(at_most(f"NLL, N to {target.shape}, {coupling}", found.nll, most, "nats",
                            f"+- {found.error:.3f}, {seconds:g} s; {words}"))
        if target is EIGHT:
            rows += densities(trainer, project)
    return rows


def densities(trainer: Trainer, project: Project) -> list[Row]:
    """Time the density at t = 1 on two lattices, and sum it up."""
    rows, usual = [], log_density.FINE
    flow = LearnedFlow.of(project, 0, trainer.weights())
    try:
        for nodes, most in ((64, 4), (128, 14)):
            log_density.FINE = replace(usual, nodes=nodes)
            start = time.process_time()
            found = finish(log_density.log_densities(flow, only=1.0))
            spent = time.process_time() - start
            cell = 2 * found.extent.half / (nodes - 1)
            total = float(np.exp(found.values[-1].astype(np.float64)).sum()) * cell**2
            rows.append(at_most(f"log-density on {nodes}x{nodes} at t = 1", spent, most, "s",
                                f"N to 8gaussians, processor time; it sums up to {total:.4f}"))
    finally:
        log_density.FINE = usual
    rows.append(at_most("its sum over the plane, away from 1", 100 * abs(total - 1), 1, "%", f"{total:.4f}"))
    return rows


def printed_energy(seconds: float, repeats: int) -> list[Row]:
    """Measure the path energy of one flow again and again, with other particles, and other draws for the transport."""
    rows = []
    for target, most in ((EIGHT, 0.005), (MOONS, 0.012)):
        trainer = learn(NORMAL, target, "ot", seconds)
        found = []
        for seed in range(repeats):
            x0 = NORMAL.sample(FINAL_TOTAL, np.random.default_rng([seed, 11]))
            motion = finish(carry(trainer.field(), trainer.frame, x0, Sampling(), EVERY_STATE))
            found.append(path_energy(NORMAL, seed, x0, path_energies(motion.t, motion.x),
                                     transport_cost(NORMAL, target, seed))["npe"])
        rows.append(at_most(f"printed NPE, deviation over {repeats} repeats, N to {target.shape}", float(np.std(found)),
                            most, "", f"OT, mean {np.mean(found):.4f}"))
    return rows
