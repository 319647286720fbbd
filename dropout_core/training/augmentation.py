"""Data augmentation: rotate and shift the digits slightly, so that every epoch sees different images."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

MOST_DEGREES, MOST_PIXELS = 15.0, 2.0
_SIDE = 28


def augment(images: Float[Tensor, "batch 784"], rng: np.random.Generator) -> Float[Tensor, "batch 784"]:
    """Rotate each image by a random angle of up to 15° and shift it by up to 2 pixels in each direction."""
    n = len(images)
    degrees = rng.uniform(-MOST_DEGREES, MOST_DEGREES, n)
    return transformed(images, degrees, rng.uniform(-MOST_PIXELS, MOST_PIXELS, (n, 2)))


def transformed(
    images: Float[Tensor, "batch 784"], degrees: Float[np.ndarray, "batch"], shifts: Float[np.ndarray, "batch 2"]
) -> Float[Tensor, "batch 784"]:
    """Rotate each image, then shift it left and up by the given number of pixels.

    Interpolation is bilinear. Beyond the border, the edge pixels are repeated.
    """
    n, angles = len(images), torch.from_numpy(np.deg2rad(degrees))
    rotation = torch.stack([angles.cos(), -angles.sin(), angles.sin(), angles.cos()], 1).view(n, 2, 2)
    halves = torch.from_numpy(shifts * 2 / _SIDE)  # a grid coordinate of 1 is half an image
    theta = torch.cat([rotation, halves.unsqueeze(2)], 2).to(images)
    grid = F.affine_grid(theta, [n, 1, _SIDE, _SIDE], align_corners=False)
    square = images.view(n, 1, _SIDE, _SIDE)
    return F.grid_sample(square, grid, padding_mode="border", align_corners=False).view(n, -1)
