"""The step: its gradient is autograd's, its update is Adam's, and a bad gradient changes nothing."""

import pytest
import torch

from fmviz.flow.network import INPUTS, Layout, forward, initial_parameters
from fmviz.flow.step import CapturedCall, Step, schedule_rows


def some(layout: Layout, batch: int) -> tuple[Step, torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    parameters = initial_parameters(layout, rng)
    parameters += 0.05 * torch.randn(layout.size, generator=rng)
    return (Step(layout, parameters, batch), torch.randn(batch, INPUTS, generator=rng),
            torch.randn(batch, 2, generator=rng))


def autograd_of(layout: Layout, parameters: torch.Tensor, inputs: torch.Tensor, ut: torch.Tensor):
    flat = parameters.clone().requires_grad_()
    loss = ((forward(layout, flat, inputs) - ut) ** 2).sum(1).mean()
    loss.backward()
    return loss.detach(), flat.grad


@pytest.mark.parametrize(("width", "depth", "batch"), [(16, 1, 8), (32, 3, 256), (8, 8, 50), (24, 2, 2500)])
def test_the_gradient_is_that_of_autograd(width, depth, batch):
    layout = Layout(width, depth)
    step, inputs, ut = some(layout, batch)
    loss, gradient = autograd_of(layout, step.parameters, inputs, ut)
    step.run(inputs, ut, schedule_rows(0, 1, [1e-3], 0.9)[0])
    torch.testing.assert_close(step.gradient, gradient, rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(step.loss, loss)


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_steps_are_those_of_torch_adam(ema):
    layout = Layout(16, 2)
    step, inputs, ut = some(layout, 64)
    reference = step.parameters.clone().requires_grad_()
    adam = torch.optim.Adam([reference], lr=1e-2)
    average = reference.detach().clone()
    rows = schedule_rows(0, 30, [1e-2] * 30, ema)
    for k in range(30):
        adam.zero_grad()
        ((forward(layout, reference, inputs) - ut) ** 2).sum(1).mean().backward()
        adam.step()
        average.lerp_(reference.detach(), float(rows[k, 4]))
        step.run(inputs, ut, rows[k])
    torch.testing.assert_close(step.parameters, reference.detach(), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(step.average, average, rtol=1e-3, atol=1e-4)
    if ema == 0:
        assert torch.equal(step.average, step.parameters)


@pytest.mark.parametrize("bad", [float("inf"), float("nan"), 1e30])
@pytest.mark.parametrize("can_branch", [True, False])
def test_a_gradient_that_is_not_finite_changes_nothing(bad, can_branch):
    step, inputs, ut = some(Layout(16, 2), 32)
    step.can_branch = can_branch
    row = schedule_rows(0, 1, [1e-3], 0.9)[0]
    step.run(inputs, ut, row)
    before = [tensor.clone() for tensor in (step.parameters, step.average, step.first, step.second)]
    ut[3, 1] = bad
    step.run(inputs, ut, row)
    assert float(step.skipped) == 1
    for tensor, value in zip((step.parameters, step.average, step.first, step.second), before, strict=True):
        assert torch.equal(tensor, value)
    ut[3, 1] = 0.0
    step.run(inputs, ut, row)
    assert float(step.skipped) == 1
    assert not torch.equal(step.parameters, before[0])


def test_a_large_batch_pauses_between_its_pieces():
    step, inputs, ut = some(Layout(24, 2), 2500)
    assert sum(1 for _ in step.passes(inputs, ut, schedule_rows(0, 1, [1e-3], 0.9)[0])) == 3


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_a_step_without_branches_is_the_same_step(device):
    """The form that a CUDA graph captures; where there is such a device, captured."""
    layout, rows = Layout(16, 2), schedule_rows(0, 20, [1e-2] * 20, 0.9)
    reference, inputs, ut = some(layout, 64)
    step = Step(layout, reference.parameters.to(device), 64)
    step.can_branch = False
    data = (inputs.to(device), ut.to(device), rows[0].to(device))
    run = CapturedCall(step.run, data, step.state) if device == "cuda" else step.run
    for row in rows:
        reference.run(inputs, ut, row)
        run(*data[:2], row.to(device))
    for ours, theirs in zip(step.state, reference.state, strict=True):
        torch.testing.assert_close(ours.cpu(), theirs, rtol=1e-3, atol=1e-4)
