"""The solvers of dx/dt = v(x, t): each is an explicit Runge-Kutta method, a row of numbers for `flow.bake`."""

from __future__ import annotations

from dataclasses import dataclass

# With so few steps every one is seen, so particles go straight from one state to the next; above, a curve through the
# states differs from the solver's own path by less than a pixel.
FEW_STEPS = 16
# While a training runs there is time for so many evaluations of each picture: several pictures a second.
LIVE_NFE = 20


@dataclass(frozen=True)
class Solver:
    """An explicit Runge-Kutta method: its Butcher tableau and what it is called.

    Args:
        label: what the form says.
        order: global order of convergence.
        c: times of the stages, in steps.
        a: row i holds the weights of stages 0..i-1 in the state of stage i.
        b: weights of the stages in the step.
    Source: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, II.1.
    """

    label: str
    order: int
    c: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]

    @property
    def stages(self) -> int:
        """Evaluations of the field in each step."""
        return len(self.b)


SOLVERS: dict[str, Solver] = {
    "euler": Solver("Euler", 1, (0.0,), ((),), (1.0,)),
    "midpoint": Solver("Midpoint", 2, (0.0, 0.5), ((), (0.5,)), (0.0, 1.0)),
    "heun": Solver("Heun", 2, (0.0, 1.0), ((), (1.0,)), (0.5, 0.5)),
    "rk4": Solver("Runge-Kutta 4", 4, (0.0, 0.5, 0.5, 1.0), ((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
                  (1 / 6, 1 / 3, 1 / 3, 1 / 6)),
}


def steps_for(solver: str, nfe: int) -> int:
    """Return the whole number of steps, at least 1, that spends at most nfe evaluations."""
    return max(1, nfe // SOLVERS[solver].stages)
