"""Check that augmentation makes small, reproducible changes to images."""

import numpy as np
import torch

from dropout_core.training.augmentation import MOST_DEGREES, MOST_PIXELS, augment, transformed


def one_dot(row: int, column: int) -> torch.Tensor:
    image = torch.full((28, 28), -1.0)
    image[row, column] = 1
    return image.view(1, -1)


def fixed(images: torch.Tensor, degrees: float = 0, shift=(0, 0)) -> torch.Tensor:
    """Rotate and shift all images by the same amount."""
    n = len(images)
    return transformed(images, np.full(n, float(degrees)), np.tile(np.array(shift, float), (n, 1)))


def test_no_move_changes_nothing():
    image = one_dot(5, 9)
    torch.testing.assert_close(fixed(image), image, atol=1e-5, rtol=0)


def test_a_shift_of_whole_pixels_is_exact():
    result = fixed(one_dot(10, 10), shift=(2, -1))
    torch.testing.assert_close(result, one_dot(11, 8), atol=1e-4, rtol=0)


def test_a_turn_by_180_degrees_is_a_point_reflection():
    result = fixed(one_dot(3, 20), 180)
    torch.testing.assert_close(result, one_dot(24, 7), atol=1e-4, rtol=0)


def test_random_moves_are_seeded_small_and_stay_in_range():
    images = torch.rand(50, 784) * 2 - 1
    first, again = (augment(images, np.random.default_rng(3)) for _ in range(2))
    assert torch.equal(first, again)
    assert first.min() >= -1.0001
    assert first.max() <= 1.0001
    dots = one_dot(14, 14).repeat(200, 1)
    places = augment(dots, np.random.default_rng(0)).view(-1, 28, 28).clamp_min(-1) + 1
    rows = (places.sum(2) * torch.arange(28)).sum(1) / places.sum((1, 2))
    assert (rows - 14).abs().max() <= MOST_PIXELS + 0.5 + MOST_DEGREES / 100
    assert rows.std() > 0.5
