"""A training step captured once as a CUDA graph and replayed: one launch instead of some sixty small kernels.

Knows nothing of networks: it captures any callable that works in place on fixed addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

# Libraries choose kernels and allocate workspaces on their first calls; that must not happen while capturing.
_WARM_UP_CALLS = 3


class CapturedCall:
    """`function(*inputs)` as one graph launch.

    Args:
        function: in-place work on CUDA tensors; no synchronisation, no branches on values.
        inputs: example inputs; their shapes and dtypes are fixed from here on.
        state: every tensor that `function` changes. Warming up runs it for real: they are put back afterwards.
    Source: "CUDA semantics", section CUDA Graphs, of the PyTorch documentation.
    """

    def __init__(self, function: Callable[..., None], inputs: Sequence[Tensor], state: Sequence[Tensor]) -> None:
        self._inputs = [tensor.clone() for tensor in inputs]
        kept = [tensor.clone() for tensor in state]
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UP_CALLS):
                function(*self._inputs)
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            function(*self._inputs)
        for tensor, value in zip(state, kept, strict=True):
            tensor.copy_(value)

    def __call__(self, *inputs: Tensor) -> None:
        """Copy the inputs in and replay."""
        for static, value in zip(self._inputs, inputs, strict=True):
            static.copy_(value, non_blocking=True)
        self._graph.replay()
