"""Train K MLPs of the same shape side by side, with explicit forward and backward passes.

Every array has a leading axis of length K, so that a GPU trains the stack with one batched product per layer. On a
CPU, K is 1, and a batched product costs the same as a plain one. tests/training/test_stacked_mlp.py compares the
gradients with autograd's.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training.flat_optimiser import layers_of, new_optimiser
from dropout_core.training.mlp_workspace import MLPWorkspace
from dropout_core.training.models import GRAPH_LOCK, MLP, PIXELS, for_centred_pixels, new_mlp, parameter_count
from dropout_core.training.sparse_pixels import SparseImages

# Multiplies a tensor by ReLU's derivative. We look this operator up once, since a look-up takes as long as a call.
_where_positive = torch.ops.aten.threshold_backward.grad_input


class StackedMLP:
    """The weights, gradients and optimiser state of K nets as flat tensors, with their workspaces. Implements Stack.

    recipe determines the shape and the optimiser; runs determine the seed and the rate of each net.
    """

    def __init__(self, recipe: Recipe, runs: list[Run], device: str) -> None:
        self.recipe, self.runs, self.device = recipe, runs, device
        shape = (len(runs), parameter_count(recipe.hidden))
        # All layers share one flat tensor, so that the optimiser is called once per step instead of once per layer.
        parameters, gradients = (layers_of(torch.zeros(shape, device=device), recipe.hidden) for _ in range(2))
        self.parameters, self.weights, self.biases = parameters
        self.gradients, self.weight_gradients, self.bias_gradients = gradients
        self.transposed = [w.mT for w in self.weights]
        self.optimiser = new_optimiser(recipe, parameters, gradients)
        self._spaces: dict[int, MLPWorkspace] = {}
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self._begun: set[int] = set()  # batch sizes that this training run has used so far
        self._load_initial_weights()

    def restart(self, recipe: Recipe, runs: list[Run]) -> None:
        """Start over with runs of the same shape, reusing the workspaces and the recorded graphs."""
        self.recipe, self.runs = recipe, runs
        self.optimiser.restart(recipe)
        for space in self._spaces.values():
            space.hits.zero_()
            space.all_masks.fill_(1)
        self._begun.clear()
        self._load_initial_weights()

    def keep_full_batches(self) -> None:
        """Drop the workspaces and graphs of other batch sizes, which depend on the number of images."""
        full = self.recipe.batch
        self._spaces = {batch: space for batch, space in self._spaces.items() if batch == full}
        self._graphs = {batch: graph for batch, graph in self._graphs.items() if batch == full}
        for space in self._spaces.values():
            space.sparse = []

    @property
    def bytes(self) -> int:
        """The approximate memory of parameters, gradients, moments and workspaces."""
        units = 2 * PIXELS + 5 * sum(self.recipe.hidden)
        return 4 * self.parameters.nbytes + sum(4 * len(self.runs) * batch * units for batch in self._spaces)

    def _load_initial_weights(self) -> None:
        for k, run in enumerate(self.runs):
            self.load(k, new_mlp(run.seed, self.recipe.hidden))

    def load(self, k: int, model: MLP) -> None:
        """Copy the weights of this module into net k."""
        with torch.no_grad():
            for layer, w, b in zip(model.layers, self.weights, self.biases, strict=True):
                assert isinstance(layer, nn.Linear)
                w[k].copy_(layer.weight.T)
                b[k, 0].copy_(layer.bias)

    def arrays(self, k: int) -> dict[str, np.ndarray]:
        """Copy the weights of net k for safetensors, keyed by their PyTorch names."""
        arrays = {}
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            arrays[f"layers.{i}.weight"] = w[k].T.clone(memory_format=torch.contiguous_format).cpu().numpy()
            arrays[f"layers.{i}.bias"] = b[k, 0].clone().cpu().numpy()
        return for_centred_pixels(arrays) if self.recipe.positive_pixels else arrays

    def start(self, epoch: int) -> None:
        """Set the learning rate of this epoch. The masks for each step are written to space(batch)."""
        self.optimiser.start(epoch)

    def step(self, batch: int) -> None:
        """Take one optimiser step on the images, targets and scaled masks in space(batch)."""
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
        """Run the step as one CUDA graph, since launching forty small kernels one by one would leave the GPU idle.

        For each batch size, the first step runs eagerly, which also initialises the libraries; the second is recorded,
        unless an earlier training run of this stack has recorded it.
        """
        if batch not in self._begun:
            self._begun.add(batch)
            self._step(batch)
            return
        if batch not in self._graphs:
            graph = torch.cuda.CUDAGraph()
            with GRAPH_LOCK, torch.cuda.graph(graph):
                self._step(batch)
            self._graphs[batch] = graph
        self._graphs[batch].replay()

    def space(self, batch: int) -> MLPWorkspace:
        """Return the workspace for batches of this size. It is created only once, so steps allocate no memory."""
        if batch not in self._spaces:
            self._spaces[batch] = MLPWorkspace(self.recipe, self.runs, batch, self.device)
        return self._spaces[batch]

    def forward(self, s: MLPWorkspace) -> None:
        """Compute activations and log-probabilities, and add the batch's losses to the sum for take_losses()."""
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            if i == 0 and s.sparse:
                for k, images in enumerate(s.sparse):
                    images.product(w[k], b[k], out=s.outputs[0][k])
            else:
                torch.baddbmm(b, s.inputs[i], w, out=s.outputs[i])
            if i < len(self.weights) - 1:
                self._activate(s, i)
        torch.log_softmax(s.by_class, 1, out=s.log_by_class)
        s.hits.addcmul_(s.log_probabilities, s.targets)  # summed later, in take_losses()

    def _activate(self, s: MLPWorkspace, i: int) -> None:
        """Apply noise and ReLU to a hidden layer. With noise, also store the derivatives for backward().

        The derivative is the noise where the ReLU's input is positive, and 0 elsewhere. If the noise cannot change the
        sign of that input, the sign is known before the noise is applied, which saves an operation.
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

    def backward(self, s: MLPWorkspace) -> None:
        """Compute the gradients of each net's mean cross-entropy, starting from softmax − target at the output."""
        torch.exp(s.log_probabilities, out=s.deltas[-1])
        s.deltas[-1].sub_(s.targets).mul_(s.share)
        for i in reversed(range(len(self.weights))):
            self._gradients(i, s)
            if i == 0:
                return  # gradients with respect to pixels are not needed
            torch.bmm(s.deltas[i], self.transposed[i], out=s.deltas[i - 1])
            if s.dropping:
                s.deltas[i - 1].mul_(s.derivatives[i - 1])
            else:
                _where_positive(s.deltas[i - 1], s.outputs[i - 1], 0, grad_input=s.deltas[i - 1])

    def _gradients(self, i: int, s: MLPWorkspace) -> None:
        """Write the gradients of layer i, or add them to the fraction of the last ones that the optimiser carries."""
        w, b, carried = self.weight_gradients[i], self.bias_gradients[i], self.optimiser.carried
        total = torch.sum(s.deltas[i], 1, keepdim=True, out=None if carried else b)
        if carried:
            b.mul_(carried).add_(total)
        if i == 0 and s.sparse:
            for k, images in enumerate(s.sparse):
                if carried:
                    w[k].mul_(carried).add_(images.gradient(s.deltas[0][k], total[k]))
                else:
                    images.gradient(s.deltas[0][k], total[k], out=w[k])
        elif carried:
            w.baddbmm_(s.transposed[i], s.deltas[i], beta=carried)
        else:
            torch.bmm(s.transposed[i], s.deltas[i], out=w)

    def update(self) -> None:
        """Take one step of the recipe's optimiser, and apply the weight rules before and after it."""
        self.optimiser.step()

    def take_losses(self) -> Float[Tensor, "k"]:
        """Return each net's sum of batch losses (mean cross-entropies) since the last call."""
        total = torch.zeros(len(self.runs), device=self.device)
        for space in self._spaces.values():
            total -= space.hits.sum((1, 2)) / space.batch
            space.hits.zero_()
        return total

    def logits(self, images: Float[Tensor, "n 784"] | SparseImages) -> Float[Tensor, "k n 10"]:
        """Compute all nets' logits for the same images in evaluation mode, without masks or scaling."""
        h = self._first(images)
        for w, b in zip(self.weights[1:], self.biases[1:], strict=True):
            h = torch.baddbmm(b, h.clamp_min_(0), w)
        return h

    def _first(self, images: Float[Tensor, "n 784"] | SparseImages) -> Float[Tensor, "k n units"]:
        w, b = self.weights[0], self.biases[0]
        if isinstance(images, SparseImages):
            sums = torch.empty(len(w), images.count, w.shape[2])
            for of_net, bias, out in zip(w, b, sums, strict=True):
                images.product(of_net, bias, out=out)
            return sums
        return torch.baddbmm(b, images.expand(len(self.runs), -1, -1), w)
