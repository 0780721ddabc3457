"""A link whose process does not die of being killed: one of idle priority needs a processor for that."""

from __future__ import annotations

from multiprocessing.process import BaseProcess

from fmviz.engine.link import Link


class Undying(Link):
    """What should have been killed is in `survivors`."""

    survivors: list[BaseProcess] = []

    def _kill(self, process: BaseProcess) -> None:
        self.survivors.append(process)

    @classmethod
    def end_survivors(cls) -> int:
        """Kill them, and return how many were alive."""
        alive = {process for process in cls.survivors if process.is_alive()}
        for process in alive:
            process.kill()
            process.join()
        cls.survivors.clear()
        return len(alive)
