"""What is done to the weights around an optimiser step, apart from the gradient: decoupled decay and max-norm."""

from collections.abc import Iterable

from torch import Tensor

from dropout_core.experiments.recipe import Recipe


def before_step(recipe: Recipe, parameters: Iterable[Tensor]) -> None:
    """Decoupled weight decay for SGD, in place. For Adam, AdamW does it."""
    if recipe.optimiser == "sgd" and recipe.decoupled:
        for parameter in parameters:
            parameter.mul_(1 - recipe.learning_rate * recipe.weight_decay)


def after_step(recipe: Recipe, weights: Iterable[Tensor]) -> None:
    """Max-norm, in place: scale down the incoming weights of every unit whose norm is above the bound.

    weights: [units, inputs], or [nets, inputs, units]; the inputs are axis 1.
    """
    if recipe.max_norm:
        for w in weights:
            w.mul_((recipe.max_norm / w.norm(dim=1, keepdim=True).clamp_min_(1e-12)).clamp_max_(1))
