"""The solvers of dx/dt = v(x, t): each is an explicit Runge-Kutta method, a row of numbers for `flow.integrate`."""

from __future__ import annotations

from dataclasses import dataclass

# With so few steps every one is seen, so particles go straight from one state to the next; above, a curve through the
# states differs from the solver's own path by less than a pixel.
FEW_STEPS = 16
# While a training runs there is time for so many evaluations of each picture: several pictures a second.
LIVE_NFE = 20


@dataclass(frozen=True)
class Embedded:
    """What a method needs to choose its steps, and to say where points are between them.

    Both count one stage more than the method has: the velocity where the step ends, with which the next one begins.

    Args:
        error: weights of the stages in the step's error, its difference to a method of one order less.
        dense: row i holds the weights of theta, theta^2, ... of stage i in the state at a share theta of the step.
    """

    error: tuple[float, ...]
    dense: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Solver:
    """An explicit Runge-Kutta method: its Butcher tableau and what it is called.

    Args:
        label: what the form says.
        order: global order of convergence.
        c: times of the stages, in steps.
        a: row i holds the weights of stages 0..i-1 in the state of stage i.
        b: weights of the stages in the step.
        dashes: of its curve beside those of the others, () for none; None draws no curve of its own.
        embedded: with which it chooses its steps by a tolerance; None for equal steps.
    Source: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, II.1.
    """

    label: str
    order: int
    c: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]
    dashes: tuple[float, ...] | None
    embedded: Embedded | None = None

    @property
    def name(self) -> str:
        """Return its label without what it does."""
        return self.label.split(",")[0]

    @property
    def is_adaptive(self) -> bool:
        """Whether it chooses its steps."""
        return self.embedded is not None

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of the settings of sampling that matter to it and not to all."""
        return ("nfe", "noise") if self.embedded is None else ("tolerance",)

    @property
    def stages(self) -> int:
        """Evaluations of the field in each step."""
        return len(self.b)


SOLVERS: dict[str, Solver] = {
    "euler": Solver("Euler", 1, (0.0,), ((),), (1.0,), (1.2, 1.6)),
    "midpoint": Solver("Midpoint", 2, (0.0, 0.5), ((), (0.5,)), (0.0, 1.0), (4.0, 1.6)),
    # Its curve lies on that of midpoint.
    "heun": Solver("Heun", 2, (0.0, 1.0), ((), (1.0,)), (0.5, 0.5), None),
    "rk4": Solver("Runge-Kutta 4", 4, (0.0, 0.5, 0.5, 1.0), ((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
                  (1 / 6, 1 / 3, 1 / 3, 1 / 6), (6.0, 1.6, 1.2, 1.6)),
    "dopri5": Solver(
        "Dormand-Prince, adaptive", 5, (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0),
        ((), (1 / 5,), (3 / 40, 9 / 40), (44 / 45, -56 / 15, 32 / 9),
         (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
         (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656)),
        (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84), (),
        # Dormand and Prince, J. Comput. Appl. Math. 6 (1980), 19; Shampine, Math. Comp. 46 (1986), 135.
        Embedded((71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40),
                 ((1.0, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432),
                  (0.0, 0.0, 0.0, 0.0),
                  (0.0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799),
                  (0.0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072),
                  (0.0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632),
                  (0.0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844),
                  (0.0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423)))),
}


def stand_in() -> str:
    """Return the solver of equal steps that lands with few evaluations where a fine sampling with any solver does: for
    pictures and numbers that have the time of few, in which an adaptive one keeps no tolerance.
    """
    return max((key for key, row in SOLVERS.items() if not row.is_adaptive), key=lambda key: SOLVERS[key].order)


def steps_for(solver: str, nfe: int) -> int:
    """Return the whole number of steps, at least 1, that spends at most nfe evaluations."""
    return max(1, nfe // SOLVERS[solver].stages)
