"""K MLPs of one shape, trained side by side, with the forward and the backward pass written out.

Every array has a leading axis of length K, so that a GPU trains the stack with one batched product per layer. On a CPU
K is 1, and a batched product costs the same as a plain one. tests/training/test_stacked_mlp.py compares the gradients
with those of autograd.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from dropout_core.experiments.recipe import BEFORE_RELU, Recipe, Run, layer_shapes
from dropout_core.training import weight_rules
from dropout_core.training.models import CLASSES, MLP, PIXELS, new_mlp, parameter_count
from dropout_core.training.sparse_pixels import SparseBatch, SparseImages

# ReLU's derivative times something. Looked up once: that takes as long as the operation.
_where_positive = torch.ops.aten.threshold_backward.grad_input


class StackedMLP:
    """Flat weights, gradients and optimiser state of K nets, and the workspaces of their steps. Implements Stack.

    recipe gives the shape and the optimiser, runs the seed and the rate of each net.
    """

    def __init__(self, recipe: Recipe, runs: list[Run], device: str) -> None:
        self.recipe, self.runs, self.device = recipe, runs, device
        shape = (len(runs), parameter_count(recipe.hidden))
        # One flat tensor for all layers: the optimiser is called once per step, not once per layer.
        self.parameters, self.gradients = torch.empty(shape, device=device), torch.zeros(shape, device=device)
        self.moments = [torch.zeros(shape, device=device) for _ in range(2)]
        self.steps, self._one = torch.zeros((), device=device), torch.ones((), device=device)
        self._pieces = [_pieces(t, device) for t in (self.parameters, self.gradients, *self.moments)]
        self.weights, self.biases = _views(self.parameters, recipe.hidden)
        self.transposed = [w.mT for w in self.weights]
        self.weight_gradients, self.bias_gradients = _views(self.gradients, recipe.hidden)
        self._spaces: dict[int, MLPWorkspace] = {}
        self._graphs: dict[int, torch.cuda.CUDAGraph | None] = {}
        for k, run in enumerate(runs):
            self.load(k, new_mlp(run.seed, recipe.hidden))

    def load(self, k: int, model: MLP) -> None:
        """Copy the weights of this module to net k."""
        with torch.no_grad():
            for layer, w, b in zip(model.layers, self.weights, self.biases, strict=True):
                assert isinstance(layer, nn.Linear)
                w[k].copy_(layer.weight.T)
                b[k, 0].copy_(layer.bias)

    def arrays(self, k: int) -> dict[str, np.ndarray]:
        """Copies of net k's weights by PyTorch's names, for safetensors."""
        arrays = {}
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            arrays[f"layers.{i}.weight"] = w[k].T.clone(memory_format=torch.contiguous_format).cpu().numpy()
            arrays[f"layers.{i}.bias"] = b[k, 0].clone().cpu().numpy()
        return arrays

    def start(self, epoch: int) -> None:
        """Does nothing: the masks of each step are written to space(batch)."""

    def step(self, batch: int) -> None:
        """One optimiser step on the contents of space(batch): images, targets and scaled masks."""
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
        """The same step as one CUDA graph, since its forty small kernels would wait for Python to launch them.

        The first step of a batch size runs eagerly, which also initialises the libraries; the second is recorded.
        """
        if batch not in self._graphs:
            self._graphs[batch] = None
            self._step(batch)
            return
        graph = self._graphs[batch]
        if graph is None:
            graph = self._graphs[batch] = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._step(batch)
        graph.replay()

    def space(self, batch: int) -> "MLPWorkspace":
        """The workspace for batches of this size, created once: the loop allocates nothing."""
        if batch not in self._spaces:
            self._spaces[batch] = MLPWorkspace(self, batch)
        return self._spaces[batch]

    def forward(self, s: "MLPWorkspace") -> None:
        """Compute activations and log-probabilities; add the batch's losses to those not yet taken."""
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            if i == 0 and s.sparse:
                for k, images in enumerate(s.sparse):
                    images.product(w[k], b[k], out=s.outputs[0][k])
            else:
                torch.baddbmm(b, s.inputs[i], w, out=s.outputs[i])
            if i < len(self.weights) - 1:
                self._activate(s, i)
        torch.log_softmax(s.by_class, 1, out=s.log_by_class)
        s.hits.addcmul_(s.log_probabilities, s.targets)  # take_losses sums them: one small operation per step

    def _activate(self, s: "MLPWorkspace", i: int) -> None:
        """Noise and ReLU of a hidden layer; with noise also its derivatives for backward.

        The derivative is the noise, or 0 where ReLU gives 0. If the noise cannot change the sign of the ReLU's input,
        the sum alone decides where that is, which saves an operation.
        """
        if not s.dropping:
            s.outputs[i].relu_()
            return
        if s.signed:
            s.outputs[i].mul_(s.masks[i])
        _where_positive(s.masks[i], s.outputs[i], 0, grad_input=s.derivatives[i])
        if s.signed:
            s.outputs[i].relu_()
        else:
            s.outputs[i].mul_(s.derivatives[i])

    def backward(self, s: "MLPWorkspace") -> None:
        """Gradients of each net's mean cross-entropy: softmax − target at the output, then layer by layer."""
        torch.exp(s.log_probabilities, out=s.deltas[-1])
        s.deltas[-1].sub_(s.targets).mul_(s.share)
        for i in reversed(range(len(self.weights))):
            torch.sum(s.deltas[i], 1, keepdim=True, out=self.bias_gradients[i])
            if i == 0 and s.sparse:
                for k, images in enumerate(s.sparse):
                    images.gradient(s.deltas[0][k], self.bias_gradients[0][k], out=self.weight_gradients[0][k])
            else:
                torch.bmm(s.transposed[i], s.deltas[i], out=self.weight_gradients[i])
            if i == 0:
                return  # the gradient of the pixels is not needed
            torch.bmm(s.deltas[i], self.transposed[i], out=s.deltas[i - 1])
            if s.dropping:
                s.deltas[i - 1].mul_(s.derivatives[i - 1])
            else:
                _where_positive(s.deltas[i - 1], s.outputs[i - 1], 0, grad_input=s.deltas[i - 1])

    def update(self) -> None:
        """One step of the recipe's optimiser, with the weight rules before and after it."""
        self.steps.add_(self._one)
        weight_rules.before_step(self.recipe, [self.parameters])
        self._optimise()
        weight_rules.after_step(self.recipe, self.weights)

    def _optimise(self) -> None:
        # Calls torch's fused kernels directly: the classes in torch.optim add 80 µs of Python to a 500 µs step.
        r = self.recipe
        if r.optimiser == "adam":
            fused = torch._fused_adamw_ if r.decoupled else torch._fused_adam_
            parameters, gradients, means, squares = self._pieces
            fused(
                parameters, gradients, means, squares, [], [self.steps] * len(parameters),
                lr=r.learning_rate, beta1=0.9, beta2=0.999, weight_decay=r.weight_decay, eps=1e-8,
                amsgrad=False, maximize=False,
            )  # fmt: skip
            return
        if r.weight_decay and not r.decoupled:
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

    def logits(self, images: Float[Tensor, "n 784"] | SparseImages) -> Float[Tensor, "k n 10"]:
        """Logits of all nets for the same images in evaluation mode: no masks, no scaling."""
        h = self._first(images)
        for w, b in zip(self.weights[1:], self.biases[1:], strict=True):
            h = torch.baddbmm(b, h.clamp_min_(0), w)
        return h

    def _first(self, images: Float[Tensor, "n 784"] | SparseImages) -> Float[Tensor, "k n units"]:
        w, b = self.weights[0], self.biases[0]
        if isinstance(images, SparseImages):
            return torch.stack([images.product(of_net, bias) for of_net, bias in zip(w, b, strict=True)])
        return torch.baddbmm(b, images.expand(len(self.runs), -1, -1), w)


class MLPWorkspace:
    """Buffers for batches of one size, [K, batch, units] each. Implements Workspace.

    masks        each unit's factor (noise.py); all_masks holds those of all layers side by side
    derivatives  factors for the backward pass (StackedMLP._activate)
    signed       whether noise can change the sign of the ReLU's input
    """

    def __init__(self, stack: StackedMLP, batch: int) -> None:
        def new(units: int) -> Tensor:
            return torch.zeros(k, batch, units, device=stack.device)

        def per_class() -> Tensor:
            # Stored class by class: softmax over a strided axis takes a fifth of the time.
            return torch.zeros(k, CLASSES, batch, device=stack.device).mT

        k, recipe = len(stack.runs), stack.recipe
        self.batch = batch
        self.share = torch.tensor(
            1 / batch, device=stack.device
        )  # a tensor: multiplying by a number takes twice as long
        self.dropping = any(run.rate for run in stack.runs)
        self.signed = recipe.noise == "gaussian" and recipe.noise_at == BEFORE_RELU
        self.sparse: list[SparseBatch] = []
        self.images, self.targets = new(PIXELS), per_class()
        self.outputs = [*(new(m) for m in recipe.hidden), per_class()]
        self.inputs = [self.images, *self.outputs[:-1]]
        self.transposed = [x.mT for x in self.inputs]
        self.deltas = [*(new(m) for m in recipe.hidden), per_class()]
        self.all_masks = new(sum(recipe.hidden)).fill_(1)  # they stay 1 where a run drops nothing
        self.masks = list(self.all_masks.split(recipe.hidden, 2))
        self.derivatives = [new(m) for m in recipe.hidden]
        self.log_probabilities, self.hits = per_class(), per_class()
        self.by_class, self.log_by_class = self.outputs[-1].mT, self.log_probabilities.mT


def _views(flat: Float[Tensor, "k parameters"], hidden: tuple[int, ...]) -> tuple[list[Tensor], list[Tensor]]:
    """Each layer's weights [K, inputs, outputs] and biases [K, 1, outputs] as views into the flat tensor.

    On a CPU the later layers are stored as in PyTorch, outputs by inputs: the gradient of the last one, with ten
    outputs, then takes a third of the time. The first layer is not, because of its products with sparse pixels.
    """
    weights, biases, at = [], [], 0
    for n, m in layer_shapes(hidden):
        layer = flat[:, at : at + n * m]
        transposed = at and flat.device.type == "cpu"
        weights.append(layer.unflatten(1, (m, n)).mT if transposed else layer.unflatten(1, (n, m)))
        biases.append(flat[:, at + n * m : at + (n + 1) * m].unsqueeze(1))
        at += (n + 1) * m
    return weights, biases


def _pieces(flat: Float[Tensor, "k parameters"], device: str) -> list[Tensor]:
    """Views of the numbers for the fused optimiser: one tensor, or 36 on CUDA.

    There the optimiser starts a block of threads per tensor, or per 65,536 numbers, so the few numbers of a pair would
    leave most of the GPU idle. It takes at most 36 tensors at once.
    """
    if device != "cuda":
        return [flat]
    size = -(-flat.numel() // 36)
    return list(flat.view(-1).split(-(-size // 4) * 4))  # it reads four numbers at once, aligned
