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
        """Kill them, and return how many should have been killed; where nothing else works, one may end by itself."""
        survivors = set(cls.survivors)
        for process in survivors:
            process.kill()
            process.join()
        cls.survivors.clear()
        return len(survivors)
