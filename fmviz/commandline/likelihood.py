"""`fmviz likelihood`: how likely points are under a learned flow, in nats."""

from __future__ import annotations

import argparse
import json
import math
import sys

import numpy as np

from fmviz.commandline.output import driven
from fmviz.commandline.progress import ProgressLine
from fmviz.commandline.sample import count_of, lane_of, own_points
from fmviz.core.errors import ConfigError, quoted
from fmviz.core.streams import Stream, stream

# Places at which the density is looked at for its integral.
_PLACES = 4_096


def run(arguments: argparse.Namespace) -> int:
    """Carry the points back, print the mean of their negative log-likelihoods."""
    n = count_of(arguments.count)
    project, weights = lane_of(arguments)
    from fmviz.core.project import LearnedFlow
    from fmviz.flow.likelihood import FINE, log_likelihoods, places_around, source_density, standard_error
    from fmviz.flow.models import field_of
    from fmviz.flow.sample import sample

    seed = project.lanes[0].seed
    points = (project.target.sample(n, stream(seed, Stream.SAMPLES, 1)) if arguments.points is None
              else own_points(arguments.points, arguments))
    source = source_density(project)
    learned, sampling = field_of(LearnedFlow.of(project, 0, weights)), project.lanes[0].sampling
    # What a picture is sampled with is seldom enough.
    if arguments.solver is arguments.nfe is None:
        sampling = FINE
    if sampling.is_adaptive:
        raise ConfigError(f"The solver is {quoted(sampling.solver)}, and a likelihood is summed over equal steps; give "
                          "another one, or leave it out.")
    solved = sampling.n_steps, sampling.solver
    with ProgressLine("likelihood", sys.stderr) as progress:
        share = 0.1 if arguments.integral else 1.0
        logs = driven(log_likelihoods(*learned, points, *solved, source), lambda done: progress.update(share * done))
        integral = integral_error = None
        if arguments.integral:
            places, log_q = places_around(sample(project, 0, weights, _PLACES).x[-1],
                                          stream(seed, Stream.LIKELIHOOD, 3))
            log_p = driven(log_likelihoods(*learned, places, *solved, source),
                           lambda done: progress.update(share + (1 - share) * done))
            shares = np.exp(log_p - log_q)
            integral, integral_error = float(shares.mean()), standard_error(shares)
    nll, error = -float(logs.mean()), standard_error(logs)
    if arguments.json:
        print(json.dumps({"nll": _number(nll), "nll_error": _number(error), "points": len(logs),
                          "source_smoothed_by": source.smoothing, "integral": _number(integral),
                          "integral_error": _number(integral_error),
                          "log_likelihoods": [_number(value) for value in logs.tolist()]}, allow_nan=False))
        return 0
    if not math.isfinite(nll):
        raise ConfigError("Some points are carried back to infinity, so their likelihood is no number; sample with "
                          f"more evaluations than {sampling.nfe:,}, or train longer.")
    whose = "target points" if arguments.points is None else "points"
    print(f"NLL {nll:.3f} +- {error:.3f} nats, the mean of {len(logs):,} {whose}")
    if source.smoothing:
        print(f"the source has no density of its own; it is smoothed by {source.smoothing:.3g}", file=sys.stderr)
    if integral is not None:
        print(f"the density sums up to {integral:.3f} +- {integral_error:.3f} over the plane")
    return 0


def _number(value: float | None) -> float | None:
    """Return a number that JSON can hold, or None."""
    return value if value is not None and math.isfinite(value) else None
