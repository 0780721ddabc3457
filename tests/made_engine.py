"""An engine without torch, for what only needs one that answers: it starts ten times as fast as the real one."""

import os
import signal
from pathlib import Path

import numpy as np
from panel_answers import gradients

from fmviz.core.carried import Carried
from fmviz.core.child import Inbox
from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Grid
from fmviz.core.many import ManyPoints
from fmviz.core.quantities import Metrics
from fmviz.core.questions import Animation, DensityPoints, GradientTest, OwnPaths
from fmviz.engine.messages import Answered, Ask, Begun, Ready

NO_FIELD = Grid(Extent(0, 0, 1), np.array([0.0, 1.0]), np.zeros((2, 4, 4, 2)))

# The variable with the path of the file that says what an engine dies of.
DEADLY = "FMVIZ_TEST_DEADLY_PICTURE"


def picture(step):
    """Return a picture as small as can be, with the step in its points."""
    points = np.full((2, 3, 2), step / 1000, dtype=np.float32)
    return FlowSnapshot(0, "random", step, np.array([0.0, 1.0]), points, Extent(0, 0, 1), NO_FIELD,
                        points[0], points[0], None, Curves(), Metrics())


def serve_pictures(connection):
    """Be an engine that answers with made pictures, carries chosen starts one unit to the right, compares gradients
    (those of lanes but the first for ever), and is killed at work on the picture whose lane and step a file names.
    """
    inbox, deadly = Inbox(connection, on_closed=lambda: os._exit(0)), os.environ.get(DEADLY)
    connection.send(Ready("a child"))
    while True:
        request = inbox.wait()
        if isinstance(request, Ask) and isinstance(request.question, OwnPaths):
            x0 = np.array(request.question.starts)
            connection.send(Answered(request.question, Carried(np.array([0.0, 1.0]), np.stack([x0, x0 + (1.0, 0.0)]))))
        if isinstance(request, Ask) and isinstance(request.question, Animation):
            flow = request.question.flow
            connection.send(Begun(request.question))
            if deadly and Path(deadly).read_text() == f"{flow.lane} {flow.step}":
                os.kill(os.getpid(), signal.SIGKILL)
            connection.send(Answered(request.question, picture(flow.step)))
        elif isinstance(request, Ask) and isinstance(request.question, DensityPoints):
            made = picture(request.question.flow.step)
            connection.send(Answered(request.question, ManyPoints(made.t, made.x)))
        elif isinstance(request, Ask) and isinstance(request.question, GradientTest):
            connection.send(Begun(request.question))
            connection.send(Answered(request.question, gradients(0.5), is_whole=False))
            if request.question.flow.lane == 0:
                connection.send(Answered(request.question, gradients(1.0)))
