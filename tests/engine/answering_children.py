"""What the test's child processes answer: a module of its own, because a spawned child imports it by name."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fmviz.core.questions import Lacking

FOR_EVER, WITH_SLEEPER = -1, -2


@dataclass(frozen=True)
class Sum:
    """A question: what is the fact called `key`, and `number`? 0 breaks down."""

    key: str
    number: int
    words = "the sum"


class Sums:
    """Answers with the sum, this process and one that it has started; the head of a group may leave files about."""

    def __init__(self):
        self._facts = {}

    def put(self, key, fact):
        self._facts[key] = fact

    def answer(self, question):
        if question.key not in self._facts:
            raise Lacking(question.key)
        if question.number == 0:
            raise ZeroDivisionError("division by zero")
        sleeper = None
        if question.number == WITH_SLEEPER and os.getpgrp() == os.getpid():
            Path(tempfile.mkdtemp(), "half").touch()
            sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid
        yield None
        while question.number == FOR_EVER:
            time.sleep(0.01)
            yield None
        return self._facts[question.key] + question.number, os.getpid(), sleeper
