"""The optimisers of a StackedMLP, which update the flat parameters of all its nets together."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dropout_core.experiments.layers import layer_shapes
from dropout_core.experiments.recipe import Recipe
from dropout_core.training import weight_rules

_BLOCK = 2**16  # weights per block in the updates of a wide net: small enough to stay in one core's cache


class Layers(NamedTuple):
    """Parameters or gradients of K nets: one flat tensor, with each layer's weights and biases as views of it.

    weights [K, inputs, outputs], biases [K, 1, outputs]
    """

    flat: Float[Tensor, "k parameters"]
    weights: list[Tensor]
    biases: list[Tensor]


def layers_of(flat: Float[Tensor, "k parameters"], hidden: tuple[int, ...]) -> Layers:
    """Split the flat tensor into layers.

    On a CPU, all layers but the first are stored with shape [outputs, inputs], as in PyTorch. The gradient of the last
    layer, with ten outputs, then takes a third of the time. The first layer is stored as [inputs, outputs] for its
    products with sparse pixels.
    """
    weights, biases, at = [], [], 0
    for n, m in layer_shapes(hidden):
        layer = flat[:, at : at + n * m]
        transposed = at and flat.device.type == "cpu"
        weights.append(layer.unflatten(1, (m, n)).mT if transposed else layer.unflatten(1, (n, m)))
        biases.append(flat[:, at + n * m : at + (n + 1) * m].unsqueeze(1))
        at += (n + 1) * m
    return Layers(flat, weights, biases)


class FlatOptimiser(ABC):
    """Takes the steps of a recipe's optimiser, and applies the weight rules.

    carried  the fraction of the previous gradients to which the backward pass adds the new ones
    """

    carried = 0.0

    def __init__(self, recipe: Recipe, parameters: Layers, gradients: Layers, moments: list[Tensor]) -> None:
        self.recipe, self.parameters, self.gradients, self.moments = recipe, parameters, gradients, moments
        device = parameters.flat.device
        self.steps, self._one = torch.zeros((), device=device), torch.ones((), device=device)
        # A CUDA graph repeats plain numbers, so a learning rate that changes must be a tensor.
        changes = recipe.annealing and device.type == "cuda"
        rate = recipe.learning_rate
        self.learning_rate: float | Tensor = torch.tensor(rate, device=device) if changes else rate

    def start(self, epoch: int) -> None:
        """Set the learning rate of this epoch."""
        rate = self.recipe.learning_rate_in(epoch)
        if isinstance(self.learning_rate, Tensor):
            self.learning_rate.fill_(rate)
        else:
            self.learning_rate = rate

    def restart(self, recipe: Recipe) -> None:
        """Forget all steps, and continue with another recipe that differs in neither shape nor optimiser."""
        self.recipe = recipe
        for values in (*self.moments, self.steps):
            values.zero_()

    def state(self) -> dict[str, Tensor]:
        """Return the tensors that determine all further steps."""
        moments = {f"moment {i}": moment for i, moment in enumerate(self.moments)}
        return {"parameters": self.parameters.flat, "steps": self.steps, **moments}

    def step(self) -> None:
        """Take one step, and apply the weight rules before and after it."""
        self.steps.add_(self._one)
        weight_rules.before_step(self.recipe, self.learning_rate, [self.parameters.flat])
        self._step()

    @abstractmethod
    def _step(self) -> None: ...


class Adam(FlatOptimiser):
    """Adam or AdamW, with one call for all weights."""

    def __init__(self, recipe: Recipe, parameters: Layers, gradients: Layers) -> None:
        moments = [torch.zeros_like(parameters.flat) for _ in range(2)]
        super().__init__(recipe, parameters, gradients, moments)
        self._pieces = [_pieces(t) for t in (parameters.flat, gradients.flat, *moments)]

    def _step(self) -> None:
        # Call torch's fused kernels directly, since the classes in torch.optim add 80 µs of Python to a 500 µs step.
        r = self.recipe
        fused = torch._fused_adamw_ if r.decoupled else torch._fused_adam_
        parameters, gradients, means, squares = self._pieces
        fused(
            parameters, gradients, means, squares, [], [self.steps] * len(parameters),
            lr=self.learning_rate, beta1=0.9, beta2=0.999, weight_decay=r.weight_decay, eps=1e-8,
            amsgrad=False, maximize=False,
        )  # fmt: skip
        weight_rules.after_step(r, self.parameters.weights)


class SGD(FlatOptimiser):
    """SGD with momentum. The gradients accumulate on the momentum, so that a step reads all weights only once."""

    def __init__(self, recipe: Recipe, parameters: Layers, gradients: Layers) -> None:
        super().__init__(recipe, parameters, gradients, [gradients.flat])
        self.carried = recipe.momentum
        self._blocks = self._split()

    def restart(self, recipe: Recipe) -> None:
        """Forget all steps, and continue with another recipe that differs in neither shape nor optimiser."""
        super().restart(recipe)
        self.carried = recipe.momentum

    def _step(self) -> None:
        r = self.recipe
        if r.weight_decay and not r.decoupled:
            self.gradients.flat.add_(self.parameters.flat, alpha=r.weight_decay)
        for weights, momentum, constrained in self._blocks:
            if isinstance(self.learning_rate, Tensor):
                weights.addcmul_(momentum, self.learning_rate, value=-1)
            else:
                weights.sub_(momentum, alpha=self.learning_rate)
            if constrained:
                weight_rules.after_step(r, [weights])

    def _split(self) -> list[tuple[Tensor, Tensor, bool]]:
        """Split the parameters and the momentum into blocks of whole units, if a CPU's cache is too small for all.

        The third value of each block is whether it contains incoming weights, to which max-norm applies.
        """
        (flat, weights, biases), (momentum, *momenta) = self.parameters, self.gradients
        wide = flat.device.type == "cpu" and flat.numel() > 4 * _BLOCK
        if not (wide or self.recipe.max_norm):
            return [(flat, momentum, False)]
        blocks = [(b, m, False) for b, m in zip(biases, momenta[1], strict=True)]
        for w, m in zip(weights, momenta[0], strict=True):
            units = max(1, _BLOCK // w.shape[1]) if wide else w.shape[2]
            blocks += [(*pair, True) for pair in zip(w.split(units, 2), m.split(units, 2), strict=True)]
        return blocks


def new_optimiser(recipe: Recipe, parameters: Layers, gradients: Layers) -> FlatOptimiser:
    """Return the recipe's optimiser for these parameters, whose gradients the backward pass writes."""
    return (Adam if recipe.optimiser == "adam" else SGD)(recipe, parameters, gradients)


def _pieces(flat: Float[Tensor, "k parameters"]) -> list[Tensor]:
    """Split the flat tensor for the fused optimiser: 36 views on CUDA, one view elsewhere.

    The CUDA kernel starts one block of threads per tensor, or per 65,536 numbers of a longer tensor. Two nets have so
    few parameters that a single tensor would leave most of the GPU idle. One launch takes at most 36 tensors.
    """
    if flat.device.type != "cuda":
        return [flat]
    size = -(-flat.numel() // 36)
    return list(flat.view(-1).split(-(-size // 4) * 4))  # the kernel reads four aligned numbers at a time
