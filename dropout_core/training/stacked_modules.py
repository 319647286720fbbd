"""Train a stack of runs one net at a time, with PyTorch modules, autograd and torch.optim.

This is slower than StackedMLP but supports all recipes. Masks are drawn on the CPU from generators seeded by (seed,
epoch).
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training import weight_rules
from dropout_core.training.models import CLASSES, PIXELS, for_centred_pixels
from dropout_core.training.sparse_pixels import SparseBatch, SparseImages
from dropout_core.training.variant_nets import VariantNet

_MASKS = 1  # the random stream for masks within one (seed, epoch)


@dataclass
class ModuleWorkspace:
    """The images and targets of a batch. Implements Workspace. The nets draw their own masks and use dense images."""

    images: Tensor
    targets: Tensor
    sparse: list[SparseBatch] = field(default_factory=list)
    all_masks: None = None


class StackedModules:
    """The modules and optimisers for K runs of a recipe. Implements Stack."""

    def __init__(self, recipe: Recipe, runs: list[Run], device: str) -> None:
        self.recipe, self.runs, self.device = recipe, runs, device
        self._spaces: dict[int, ModuleWorkspace] = {}
        with torch.inference_mode(False):
            self.losses = torch.zeros(len(runs), device=device)
            self.nets = [_new_net(recipe, run).to(device) for run in runs]
        self.optimisers = [_optimiser(recipe, net) for net in self.nets]
        self.learning_rate = recipe.learning_rate

    def start(self, epoch: int) -> None:
        """Set the learning rate, and seed the masks or switch dropout off, as the recipe requires in this epoch."""
        self.learning_rate = self.recipe.learning_rate_in(epoch)
        for optimiser in self.optimisers:
            optimiser.param_groups[0]["lr"] = self.learning_rate
        for run, net in zip(self.runs, self.nets, strict=True):
            state = np.random.SeedSequence((run.seed, epoch, _MASKS)).generate_state(1, np.uint64)
            net.start(torch.Generator().manual_seed(int(state[0] >> 1)), self.recipe.rate_in(epoch, 0.5) > 0)

    def space(self, batch: int) -> ModuleWorkspace:
        """Return the workspace for batches of this size."""
        if batch not in self._spaces:
            with torch.inference_mode(False):
                images, targets = (torch.zeros(len(self.runs), batch, n, device=self.device) for n in (PIXELS, CLASSES))
            self._spaces[batch] = ModuleWorkspace(images, targets)
        return self._spaces[batch]

    def step(self, batch: int) -> None:
        """Take one optimiser step with every net on the contents of space(batch)."""
        space = self.space(batch)
        with torch.inference_mode(False), torch.enable_grad():
            for k, (net, optimiser) in enumerate(zip(self.nets, self.optimisers, strict=True)):
                net.train()
                optimiser.zero_grad()
                # Copy the buffers, since autograd cannot save tensors written in inference mode.
                loss = nn.functional.cross_entropy(net(space.images[k].clone()), space.targets[k].clone())
                loss.backward()
                with torch.no_grad():
                    weight_rules.before_step(self.recipe, self.learning_rate, net.parameters())
                optimiser.step()
                with torch.no_grad():
                    weight_rules.after_step(self.recipe, net.incoming_weights())
                self.losses[k] += loss.detach()

    def take_losses(self) -> Float[Tensor, "k"]:
        """Return, for each net, the sum of the batch losses (mean cross-entropies) since the last call."""
        total = self.losses.clone()
        self.losses.zero_()
        return total

    def logits(self, images: Float[Tensor, "n 784"] | SparseImages) -> Float[Tensor, "k n 10"]:
        """Compute all nets' logits for the same images in evaluation mode. Raises TypeError for sparse images."""
        if isinstance(images, SparseImages):
            raise TypeError("modules do not support sparse images")
        return torch.stack([net.eval()(images) for net in self.nets])

    def arrays(self, k: int) -> dict[str, np.ndarray]:
        """Copy the weights and running statistics of net k for safetensors, keyed by their PyTorch names."""
        arrays = {name: t.detach().cpu().clone().numpy() for name, t in self.nets[k].state_dict().items()}
        return for_centred_pixels(arrays) if self.recipe.positive_pixels else arrays


def _new_net(recipe: Recipe, run: Run) -> VariantNet:
    """Create a net whose initial weights depend only on the run's seed, without changing the global random state."""
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
