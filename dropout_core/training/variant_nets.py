"""PyTorch modules for the nets that stacked_mlp.py does not support, with masks drawn from a given random generator.

A single class covers all variants: an MLP, optionally with two convolutional layers below it, with batch
normalisation, and with masks on weights (DropConnect) instead of units.
"""

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from dropout_core.experiments.layers import layer_shapes
from dropout_core.experiments.recipe import AFTER_RELU, DROPOUT, Recipe, Run

CHANNELS = (8, 16)  # feature maps per convolutional layer; 16 maps of 7 × 7 make 784 features


class VariantNet(nn.Module):
    """The net for one run of a recipe: 784 → (convolutions →) hidden → 10. Call start() before training."""

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
        """Draw all subsequent masks from this generator. If `active` is False, dropout is off."""
        self.generator, self.active = generator, active

    def forward(self, images: Float[Tensor, "batch 784"]) -> Float[Tensor, "batch 10"]:
        """Compute logits."""
        h = self._features(images) if len(self.convolutions) else images
        for i, layer in enumerate(self.layers[:-1]):
            assert isinstance(layer, nn.Linear)
            h = self._activation(i, self._linear(layer, h))
        return self.layers[-1](h)

    def incoming_weights(self) -> list[Float[Tensor, "units inputs"]]:
        """Return views of each layer's weights, with one row per unit or feature map."""
        return [layer.weight.flatten(1) for layer in (*self.convolutions, *self.layers)]

    def _features(self, images: Tensor) -> Tensor:
        h = images.unflatten(1, (1, 28, 28))
        for convolution in self.convolutions:
            h = F.max_pool2d(torch.relu(convolution(h)), 2)
            whole = (*h.shape[:2], 1, 1)  # spatial dropout: one random draw per feature map (Tompson et al. 2015)
            h = self.noisy(h, self.conv_rate, whole if self.recipe.spatial else h.shape)
        return h.flatten(1)

    def _linear(self, layer: nn.Linear, h: Tensor) -> Tensor:
        if self.recipe.noise != "dropconnect":
            return layer(h)
        # Draw one mask per batch. Wan et al. 2013 draw one per example, which requires a separate product per example.
        return F.linear(h, self.noisy(layer.weight, self.rate, layer.weight.shape), layer.bias)

    def _activation(self, i: int, z: Tensor) -> Tensor:
        """Apply batch normalisation, noise and ReLU to a hidden layer, in the order set by batch_norm and noise_at."""
        where, after = self.recipe.batch_norm, self.recipe.noise_at == AFTER_RELU
        if where == "before dropout":
            z = self.norms[i](z)
        if after:
            z = torch.relu(z)
        if self.recipe.noise != "dropconnect":
            z = self.noisy(z, self.rate, z.shape)
        if where == "after dropout":
            z = self.norms[i](z)
        return z if after else torch.relu(z)

    def noisy(self, a: Tensor, rate: float, shape: tuple[int, ...]) -> Tensor:
        """Multiply `a` by noise of this shape with mean 1, broadcast to `a`. Does nothing in evaluation mode."""
        if not (self.training and self.active and rate):
            return a
        if self.recipe.noise == "gaussian":
            noise = torch.empty(shape).normal_(1, (rate / (1 - rate)) ** 0.5, generator=self.generator)
        else:
            noise = torch.empty(shape).bernoulli_(1 - rate, generator=self.generator).div_(1 - rate)
        return a * noise.to(a.device)
