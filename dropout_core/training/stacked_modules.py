"""The slower, general way to train a stack of runs: PyTorch modules, autograd and torch.optim, one net after the other.

It has the face of stack.Stack, so that trainer.py treats both alike. The masks are drawn on the CPU from generators
seeded by (seed, epoch), as they are there.
"""

from types import SimpleNamespace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training.models import CLASSES, PIXELS
from dropout_core.training.variant_nets import VariantNet

_MASKS = 1  # the stream of one (seed, epoch) that the masks come from


class ModuleStack:
    """Modules and optimisers of K runs of a recipe; their losses since somebody last asked."""

    def __init__(self, recipe: Recipe, runs: list[Run], device: str) -> None:
        self.recipe, self.runs, self.device = recipe, runs, device
        self._spaces: dict[int, SimpleNamespace] = {}
        with torch.inference_mode(False):
            self.losses = torch.zeros(len(runs), device=device)
            self.nets = [_fresh(recipe, run).to(device) for run in runs]
        self.optimisers = [_optimiser(recipe, net) for net in self.nets]

    def start(self, epoch: int) -> None:
        """Seed the masks of this epoch; off where the recipe's schedule says so."""
        for run, net in zip(self.runs, self.nets, strict=True):
            state = np.random.SeedSequence((run.seed, epoch, _MASKS)).generate_state(1, np.uint64)
            net.start(torch.Generator().manual_seed(int(state[0] >> 1)), self.recipe.rate_in(epoch, 0.5) > 0)

    def space(self, batch: int) -> SimpleNamespace:
        """Where to put images and targets of a batch; no masks, for the nets draw their own."""
        if batch not in self._spaces:
            with torch.inference_mode(False):
                images, targets = (torch.zeros(len(self.runs), batch, n, device=self.device) for n in (PIXELS, CLASSES))
            self._spaces[batch] = SimpleNamespace(images=images, targets=targets, all_masks=None)
        return self._spaces[batch]

    def step(self, batch: int) -> None:
        """One optimiser step of every net on what lies in space(batch)."""
        space = self.space(batch)
        with torch.inference_mode(False), torch.enable_grad():
            for k, (net, optimiser) in enumerate(zip(self.nets, self.optimisers, strict=True)):
                net.train()
                optimiser.zero_grad()
                # A copy that autograd may keep: the buffer was written to in inference mode.
                loss = nn.functional.cross_entropy(net(space.images[k].clone()), space.targets[k].clone())
                loss.backward()
                self._decay(net)
                optimiser.step()
                self._bound(net)
                self.losses[k] += loss.detach()

    def take_losses(self) -> Float[Tensor, "k"]:
        """Sum of the batches' mean cross-entropies since the last call, for each net."""
        total = self.losses.clone()
        self.losses.zero_()
        return total

    def logits(self, images: Float[Tensor, "n 784"]) -> Float[Tensor, "k n 10"]:
        """All nets on the same images in evaluation mode."""
        return torch.stack([net.eval()(images) for net in self.nets])

    def arrays(self, k: int) -> dict[str, np.ndarray]:
        """Copies of net k's weights and running statistics by PyTorch's names, for safetensors."""
        return {name: t.detach().cpu().clone().numpy() for name, t in self.nets[k].state_dict().items()}

    @torch.no_grad()
    def _decay(self, net: VariantNet) -> None:
        """Decoupled decay for SGD; Adam has AdamW for it."""
        r = self.recipe
        if r.optimiser == "sgd" and r.decoupled:
            for parameter in net.parameters():
                parameter.mul_(1 - r.learning_rate * r.weight_decay)

    @torch.no_grad()
    def _bound(self, net: VariantNet) -> None:
        """Max-norm on the incoming weights of every unit, and of every feature map."""
        if self.recipe.max_norm:
            for layer in (*net.convolutions, *net.layers):
                flat = layer.weight.flatten(1)
                flat.mul_((self.recipe.max_norm / flat.norm(dim=1, keepdim=True).clamp_min(1e-12)).clamp_max(1))


def _fresh(recipe: Recipe, run: Run) -> VariantNet:
    """A new net, drawn from the run's seed alone; torch's global state is kept."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        return VariantNet(recipe, run)


def _optimiser(recipe: Recipe, net: VariantNet) -> torch.optim.Optimizer:
    r, parameters = recipe, net.parameters()
    if r.optimiser == "adam":
        kind = torch.optim.AdamW if r.decoupled else torch.optim.Adam
        return kind(parameters, r.learning_rate, weight_decay=r.weight_decay, fused=True)
    decay = 0.0 if r.decoupled else r.weight_decay
    return torch.optim.SGD(parameters, r.learning_rate, momentum=r.momentum, weight_decay=decay)
