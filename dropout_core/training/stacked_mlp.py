"""K nets of one shape side by side: one training step of them all, forward and backward written out.

Every array has a leading axis of length K, so that a GPU trains the stack in one batched product a layer; on a CPU
K is 1 and the batched products cost what plain ones do. Gradients are those of autograd (tests/test_stack.py).
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from dropout_core.experiments.recipe import Recipe, Run, layer_shapes
from dropout_core.training.models import CLASSES, MLP, PIXELS, fresh, parameter_count
from dropout_core.training.sparse_pixels import Batch, Ink

# ReLU's derivative times something. Looked up once: that takes as long as the operation.
_where_positive = torch.ops.aten.threshold_backward.grad_input


class Stack:
    """Weights, gradients and optimiser state of K nets, flat, and the work space of one step.

    recipe gives shape and optimiser; runs one seed and rate per net.
    """

    def __init__(self, recipe: Recipe, runs: list[Run], device: str) -> None:
        self.recipe, self.runs, self.device = recipe, runs, device
        shape = (len(runs), parameter_count(recipe.hidden))
        # One flat tensor for all layers: one call of the optimiser a step, not one a layer.
        self.parameters, self.gradients = torch.empty(shape, device=device), torch.zeros(shape, device=device)
        self.moments = [torch.zeros(shape, device=device) for _ in range(2)]
        self.steps, self._one = (
            torch.zeros((), device=device),
            torch.ones((), device=device),
        )  # see _Space.share
        self._pieces = [_pieces(t, device) for t in (self.parameters, self.gradients, *self.moments)]
        self.weights, self.biases = _views(self.parameters, recipe.hidden)
        self.turned = [w.mT for w in self.weights]
        self.weight_gradients, self.bias_gradients = _views(self.gradients, recipe.hidden)
        self._spaces: dict[int, _Space] = {}
        self._graphs: dict[int, torch.cuda.CUDAGraph | None] = {}
        for k, run in enumerate(runs):
            self.load(k, fresh(run.seed, recipe.hidden))

    def load(self, k: int, model: MLP) -> None:
        """Give net k the weights of this module."""
        with torch.no_grad():
            for layer, w, b in zip(model.layers, self.weights, self.biases, strict=True):
                w[k].copy_(layer.weight.T)
                b[k, 0].copy_(layer.bias)

    def arrays(self, k: int) -> dict[str, np.ndarray]:
        """Copies of net k's weights by PyTorch's names, for safetensors."""
        found = {}
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            found[f"layers.{i}.weight"] = w[k].T.clone(memory_format=torch.contiguous_format).cpu().numpy()
            found[f"layers.{i}.bias"] = b[k, 0].clone().cpu().numpy()
        return found

    def start(self, epoch: int) -> None:
        """Nothing to do at the start of an epoch: the masks are put into space(batch)."""

    def step(self, batch: int) -> None:
        """One optimiser step on what lies in space(batch): images, targets and scaled masks."""
        if self.device == "cuda":
            self._replay(batch)
        else:
            self._step(batch)

    def _step(self, batch: int) -> None:
        space = self.space(batch)
        self.forward(space)
        self.backward(space)
        self.update()

    def _replay(self, batch: int) -> None:
        """The same step as one CUDA graph: on a GPU its forty small kernels would wait for Python to launch them.

        The first step of a batch size runs as it is, which also warms the libraries up; the second is recorded.
        """
        if batch not in self._graphs:
            self._graphs[batch] = None
            self._step(batch)
            return
        if self._graphs[batch] is None:
            self._graphs[batch] = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graphs[batch]):
                self._step(batch)
        self._graphs[batch].replay()

    def space(self, batch: int) -> "_Space":
        """The work space for batches of this size, made once: nothing is allocated in the loop."""
        if batch not in self._spaces:
            self._spaces[batch] = _Space(self, batch)
        return self._spaces[batch]

    def forward(self, s: "_Space") -> None:
        """Fill the activations and log-probabilities; add the batch's losses to those not yet taken."""
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            if i == 0 and s.ink:
                for k, ink in enumerate(s.ink):
                    ink.product(w[k], b[k], out=s.outputs[0][k])
            else:
                torch.baddbmm(b, s.inputs[i], w, out=s.outputs[i])
            if i < len(self.weights) - 1:
                self._activate(s, i)
        torch.log_softmax(s.by_class, 1, out=s.log_by_class)
        s.hits.addcmul_(s.log_probabilities, s.targets)  # summed only when somebody asks: one small operation a step

    def _activate(self, s: "_Space", i: int) -> None:
        """Noise and ReLU of a hidden layer, and with noise its slopes, for backward: the noise, 0 where ReLU gives 0.

        Masks are never negative, so that the sum alone decides whether ReLU gives 0: one operation less.
        """
        if not s.dropping:
            s.outputs[i].relu_()
            return
        if s.signed:
            s.outputs[i].mul_(s.masks[i])
        _where_positive(s.masks[i], s.outputs[i], 0, grad_input=s.slopes[i])
        if s.signed:
            s.outputs[i].relu_()
        else:
            s.outputs[i].mul_(s.slopes[i])

    def backward(self, s: "_Space") -> None:
        """Gradients of each net's mean cross-entropy: softmax − target at the top, then down layer by layer."""
        torch.exp(s.log_probabilities, out=s.deltas[-1])
        s.deltas[-1].sub_(s.targets).mul_(s.share)
        for i in reversed(range(len(self.weights))):
            torch.sum(s.deltas[i], 1, keepdim=True, out=self.bias_gradients[i])
            if i == 0 and s.ink:
                for k, ink in enumerate(s.ink):
                    ink.gradient(s.deltas[0][k], self.bias_gradients[0][k], out=self.weight_gradients[0][k])
            else:
                torch.bmm(s.turned[i], s.deltas[i], out=self.weight_gradients[i])
            if i == 0:
                return  # nothing below needs the gradient of the pixels
            torch.bmm(s.deltas[i], self.turned[i], out=s.deltas[i - 1])
            if s.dropping:
                s.deltas[i - 1].mul_(s.slopes[i - 1])
            else:
                _where_positive(s.deltas[i - 1], s.outputs[i - 1], 0, grad_input=s.deltas[i - 1])

    def update(self) -> None:
        """One step of the recipe's optimiser, then the max-norm bound if there is one."""
        self.steps.add_(self._one)
        self._optimise()
        if self.recipe.max_norm:
            for w in self.weights:
                w.mul_((self.recipe.max_norm / w.norm(dim=1, keepdim=True).clamp_min_(1e-12)).clamp_max_(1))

    def _optimise(self) -> None:
        # torch's fused kernels called directly: the classes in torch.optim add 80 µs of Python to a 500 µs step.
        r = self.recipe
        if r.optimiser == "adam":
            fused = torch._fused_adamw_ if r.decoupled else torch._fused_adam_
            fused(
                *self._pieces, [], [self.steps] * len(self._pieces[0]),
                lr=r.learning_rate, beta1=0.9, beta2=0.999, weight_decay=r.weight_decay, eps=1e-8,
                amsgrad=False, maximize=False,
            )  # fmt: skip
            return
        if r.decoupled:
            self.parameters.mul_(1 - r.learning_rate * r.weight_decay)
        elif r.weight_decay:
            self.gradients.add_(self.parameters, alpha=r.weight_decay)
        self.moments[0].mul_(r.momentum).add_(self.gradients)
        self.parameters.sub_(self.moments[0], alpha=r.learning_rate)

    def take_losses(self) -> Float[Tensor, "k"]:
        """Sum of the batches' mean cross-entropies since the last call, for each net."""
        total = torch.zeros(len(self.runs), device=self.device)
        for space in self._spaces.values():
            total -= space.hits.sum((1, 2)) / space.batch
            space.hits.zero_()
        return total

    def logits(self, images: Float[Tensor, "n 784"] | Ink) -> Float[Tensor, "k n 10"]:
        """All nets on the same images in evaluation mode: no masks, no scaling."""
        h = self._first(images)
        for w, b in zip(self.weights[1:], self.biases[1:], strict=True):
            h = torch.baddbmm(b, h.clamp_min_(0), w)
        return h

    def _first(self, images: Float[Tensor, "n 784"] | Ink) -> Float[Tensor, "k n units"]:
        w, b = self.weights[0], self.biases[0]
        if isinstance(images, Ink):
            return torch.stack([images.product(own, bias) for own, bias in zip(w, b, strict=True)])
        return torch.baddbmm(b, images.expand(len(self.runs), -1, -1), w)


class _Space:
    """Buffers for batches of one size: [K, batch, units] each.

    masks hold each unit's factor (noise.py), slopes what backward multiplies by (Stack._activate).
    ink, where it is given, one for each net, takes the place of images.
    """

    def __init__(self, stack: Stack, batch: int) -> None:
        def new(units: int) -> Tensor:
            return torch.zeros(k, batch, units, device=stack.device)

        def per_class() -> Tensor:
            # Class after class in memory: softmax takes a fifth of the time that it takes over neighbours.
            return torch.zeros(k, CLASSES, batch, device=stack.device).mT

        k, recipe = len(stack.runs), stack.recipe
        self.batch = batch
        self.share = torch.tensor(1 / batch, device=stack.device)  # a tensor: a number takes twice as long
        self.dropping, self.signed = any(run.rate for run in stack.runs), recipe.noise == "gaussian"
        self.ink: list[Batch] = []
        self.images, self.targets = new(PIXELS), per_class()
        self.outputs = [*(new(m) for m in recipe.hidden), per_class()]
        self.inputs = [self.images, *self.outputs[:-1]]
        self.turned = [x.mT for x in self.inputs]
        self.deltas = [*(new(m) for m in recipe.hidden), per_class()]
        self.all_masks = new(sum(recipe.hidden)).fill_(1)  # and so they stay where a run drops nothing
        self.masks = list(self.all_masks.split(recipe.hidden, 2))
        self.slopes = [new(m) for m in recipe.hidden]
        self.log_probabilities, self.hits = per_class(), per_class()
        self.by_class, self.log_by_class = self.outputs[-1].mT, self.log_probabilities.mT


def _views(flat: Float[Tensor, "k parameters"], hidden: tuple[int, ...]) -> tuple[list[Tensor], list[Tensor]]:
    """Each layer's weights [K, inputs, outputs] and biases [K, 1, outputs] as views into the flat tensor.

    On a CPU the later layers are stored as PyTorch has them, outputs by inputs: the last one's gradient, of ten
    outputs, then takes a third of the time. The first is not, for its products with ink.
    """
    weights, biases, at = [], [], 0
    for n, m in layer_shapes(hidden):
        own = flat[:, at : at + n * m]
        turned = at and flat.device.type == "cpu"
        weights.append(own.unflatten(1, (m, n)).mT if turned else own.unflatten(1, (n, m)))
        biases.append(flat[:, at + n * m : at + (n + 1) * m].unsqueeze(1))
        at += (n + 1) * m
    return weights, biases


def _pieces(flat: Float[Tensor, "k parameters"], device: str) -> list[Tensor]:
    """The same numbers as the fused optimiser wants them: in one tensor, or on CUDA in several.

    There it has a block of threads for each tensor, or for each 65,536 numbers, and a pair's few would leave most of
    the GPU idle: 36 are as many tensors as it takes at once.
    """
    if device != "cuda":
        return [flat]
    size = -(-flat.numel() // 36)
    return list(flat.view(-1).split(-(-size // 4) * 4))  # four numbers at once: it wants them aligned
