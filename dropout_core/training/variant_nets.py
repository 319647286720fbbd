"""The nets that stack.py does not write out by hand, as PyTorch modules that draw their masks from a given generator.

One class for all: an MLP, with or without two convolutional layers below it, with batch normalisation or without, and
with masks on units or on weights (DropConnect).
"""

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from dropout_core.experiments.recipe import DROPOUT, Recipe, Run, layer_shapes

CHANNELS = (8, 16)  # feature maps of the two convolutional layers; 16 maps of 7 × 7 are again 784 numbers


class VariantNet(nn.Module):
    """784 → (convolutions →) hidden → 10, as the recipe says, for one run of it.

    Train it between start(generator, active) and eval(): active False switches its dropout off for the time being.
    """

    def __init__(self, recipe: Recipe, run: Run) -> None:
        super().__init__()
        self.recipe, self.rate = recipe, run.rate
        self.conv_rate = recipe.conv_rate if run.arm == DROPOUT else 0.0
        self.convolutions = nn.ModuleList(
            nn.Conv2d(n, m, 5, padding=2)
            for n, m in zip((1, *CHANNELS), CHANNELS, strict=False)
            if recipe.net == "conv"
        )
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in layer_shapes(recipe.hidden))
        normed = recipe.hidden if recipe.batch_norm != "none" else ()
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in normed)
        self.active, self.generator = True, torch.Generator()

    def start(self, generator: Generator, active: bool) -> None:
        """Draw masks from this generator from now on; active False: drop nothing."""
        self.generator, self.active = generator, active

    def forward(self, images: Float[Tensor, "batch 784"]) -> Float[Tensor, "batch 10"]:
        """Logits."""
        h = self._features(images) if len(self.convolutions) else images
        for i, layer in enumerate(self.layers[:-1]):
            h = torch.relu(self._normed_and_dropped(i, self._linear(layer, h)))
        return self.layers[-1](h)

    def _features(self, images: Tensor) -> Tensor:
        h = images.unflatten(1, (1, 28, 28))
        for convolution in self.convolutions:
            h = F.max_pool2d(torch.relu(convolution(h)), 2)
            whole = (*h.shape[:2], 1, 1)  # spatial dropout: one coin for a map (Tompson et al. 2015)
            h = self._noisy(h, self.conv_rate, whole if self.recipe.spatial else h.shape)
        return h.flatten(1)

    def _linear(self, layer: nn.Linear, h: Tensor) -> Tensor:
        if self.recipe.noise != "dropconnect":
            return layer(h)
        # One mask for the batch; Wan et al. 2013 draw one an example, which costs a product for each.
        return F.linear(h, self._noisy(layer.weight, self.rate, layer.weight.shape), layer.bias)

    def _normed_and_dropped(self, i: int, z: Tensor) -> Tensor:
        where = self.recipe.batch_norm
        if where == "before dropout":
            z = self.norms[i](z)
        if self.recipe.noise != "dropconnect":
            z = self._noisy(z, self.rate, z.shape)
        return self.norms[i](z) if where == "after dropout" else z

    def _noisy(self, a: Tensor, rate: float, shape: tuple[int, ...]) -> Tensor:
        """Multiplied with noise of mean 1 of this shape, in training."""
        if not (self.training and self.active and rate):
            return a
        if self.recipe.noise == "gaussian":
            noise = torch.empty(shape).normal_(1, (rate / (1 - rate)) ** 0.5, generator=self.generator)
        else:
            noise = torch.empty(shape).bernoulli_(1 - rate, generator=self.generator).div_(1 - rate)
        return a * noise.to(a.device)
