"""Weight updates before and after each optimiser step: decoupled weight decay and max-norm."""

from collections.abc import Iterable

from torch import Tensor

from dropout_core.experiments.recipe import Recipe


def before_step(recipe: Recipe, learning_rate: float | Tensor, parameters: Iterable[Tensor]) -> None:
    """Apply decoupled weight decay for SGD, in place. With Adam, the AdamW optimiser applies the decay."""
    if recipe.optimiser == "sgd" and recipe.decoupled:
        for parameter in parameters:
            parameter.mul_(1 - learning_rate * recipe.weight_decay)


def after_step(recipe: Recipe, weights: Iterable[Tensor]) -> None:
    """Apply max-norm in place: scale down each unit's incoming weights if their norm exceeds the bound.

    Weights have the shape [units, inputs] or [nets, inputs, units], so inputs are always axis 1.
    """
    if recipe.max_norm:
        for w in weights:
            # Not w.norm(), which takes 15 times as long if the inputs are not the innermost axis in memory.
            norms = w.square().sum(1, keepdim=True).sqrt_().clamp_min_(1e-12)
            w.mul_((recipe.max_norm / norms).clamp_max_(1))
