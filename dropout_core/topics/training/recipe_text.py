"""Describes a recipe exactly, in words and in PyTorch code."""

from dataclasses import asdict
from functools import partial

from dropout_core.common.text import counted
from dropout_core.experiments.fields import BOTH_ARMS, DROPOUT_ARM
from dropout_core.experiments.recipe import BEFORE_RELU, DRAWN, FACTS, Recipe


def named(r: Recipe) -> str:
    """Name a recipe after the settings that readers change most, to tell comparisons apart."""
    sizes = f"{counted(r.epochs, 'epoch')}, {counted(r.images, 'image')}, {counted(len(r.seeds), 'seed')}"
    return f"rate {r.rate:g}, {sizes}, hidden layers {'-'.join(map(str, r.hidden))}"


def described(recipe: Recipe) -> str:
    """Describe the nets, dropout, training and losses in one bullet point each."""
    layers = " → ".join(f"{width:,}" for width in (784, *recipe.hidden, 10))
    noise, (_, place) = FACTS["noise"].words_for(recipe.noise), recipe.hidden_layer
    optimiser = f"{FACTS['optimiser'].words_for(recipe.optimiser)} (learning rate {recipe.learning_rate:g})"
    pixels = "[0, 1]" if recipe.positive_pixels else "[−1, 1]"
    return f"""
- Pixels are scaled to {pixels}. The layer widths are {layers}, with ReLU and PyTorch's default initialisation.
- The dropout net has {noise} at rate {recipe.rate:g} after every linear layer except the last,
  {place}{_additions(recipe, DROPOUT_ARM)}.{_changed_mean(recipe)}
- {optimiser}{_additions(recipe, BOTH_ARMS)}, cross-entropy, batches of {recipe.batch},
  {counted(recipe.images, "image")}{_drawn(recipe)}, {counted(recipe.epochs, "epoch")}{_stopping(recipe)}.
  The validation images are {_validation(recipe)}.
- With *masks on*, the training loss is the loss that the optimiser sees; in *evaluation mode*, nothing is dropped.
  Because masks raise the loss, only the training loss in evaluation mode is comparable with the validation loss.
"""


def _additions(recipe: Recipe, arm: str) -> str:
    """Describe this arm's fields that differ from their defaults."""
    values = asdict(recipe) | {"decoupled": "decoupled" if recipe.decoupled else "in the loss"}
    active = (facts.words for name, facts in FACTS.items() if facts.arm == arm and recipe.active(name))
    return "".join(words.format(**values) for words in active if isinstance(words, str))


def code(recipe: Recipe) -> str:
    """Write PyTorch code for this recipe's dropout net and optimiser."""
    return "\n".join([*_model(recipe), "", *_training(recipe)])


def _changed_mean(recipe: Recipe) -> str:
    """Explain the effect of Gaussian noise before the ReLU, which is not the paper's variant."""
    if recipe.noise != "gaussian" or recipe.noise_at != BEFORE_RELU:
        return ""
    return (
        "\n "
        " Before the ReLU, a negative factor makes a negative sum positive, so the neuron fires and its mean "
        "activation\n "
        " changes. In Srivastava et al., the noise multiplies activations and leaves their mean unchanged."
    )


def _drawn(recipe: Recipe) -> str:
    return " (a new random sample for each seed)" if recipe.subset == DRAWN else ""


def _validation(recipe: Recipe) -> str:
    if recipe.data == "mnist":
        return "MNIST's 10,000 test images, as in the article; results selected on them are slightly optimistic"
    return "1,000 other images from the same 5,000; results selected on them are slightly optimistic"


def _stopping(recipe: Recipe) -> str:
    if not recipe.patience:
        return ""
    return f" at most (early stopping after {counted(recipe.patience, 'epoch')} without a lower validation loss)"


def _model(recipe: Recipe) -> list[str]:
    sizes = (784, *recipe.hidden, 10)
    pairs = list(enumerate(zip(sizes, sizes[1:], strict=False), 1))
    inputs, (definition, noise) = recipe.input_rate > 0, _noise(recipe)
    layer = partial(recipe.hidden_layer[0].format, noise=("self.dropout(", ")"))
    return [
        *definition,
        "class MLP(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        *(f"        self.layer{i} = nn.Linear({n}, {m})" for i, (n, m) in pairs),
        f"        self.dropout = {noise}({recipe.rate:g})  # 0 in the net without dropout",
        *([f"        self.pixels = {noise}({recipe.input_rate:g})  # the same"] if inputs else []),
        "",
        "    def forward(self, images):",
        f"        h = {'self.pixels(images.flatten(1))' if inputs else 'images.flatten(1)'}",
        *(f"        h = {layer(sums=f'self.layer{i}(h)')}" for i, _ in pairs[:-1]),
        f"        return self.layer{len(pairs)}(h)",
    ]


def _noise(recipe: Recipe) -> tuple[list[str], str]:
    """Return the noise module's name and the lines that define it, or no lines if PyTorch provides the module."""
    code = FACTS["noise"].code_for(recipe.noise) or "nn.Dropout"
    if not code.startswith("class "):
        return [], code
    return [*code.splitlines(), "", ""], code.removeprefix("class ").split("(")[0]


def _training(recipe: Recipe) -> list[str]:
    """Write the code for the optimiser, decoupled weight decay and weight constraints."""
    r, sgd = recipe, recipe.optimiser == "sgd"
    by_hand = sgd and r.decoupled and r.weight_decay > 0  # PyTorch's SGD has no decoupled weight decay
    name = "SGD" if sgd else "AdamW" if r.decoupled and r.weight_decay else "Adam"
    options = [f"lr={r.learning_rate:g}"]
    options += [f"momentum={r.momentum:g}"] if r.momentum else []
    options += [f"weight_decay={r.weight_decay:g}"] if r.weight_decay and not by_hand else []
    lines = ["net = MLP()", f"optimiser = torch.optim.{name}(net.parameters(), {', '.join(options)})"]
    if r.annealing:
        lines.append(
            "schedule = torch.optim.lr_scheduler.LinearLR("
            f"optimiser, 1.0, 0.0, total_iters={r.epochs})  # call step() after every epoch"
        )
    if by_hand:
        lines += _each("before", "net.parameters()", f"w.mul_(1 - {r.learning_rate:g} * {r.weight_decay:g})")
    for field, text in r.constraints().items():
        matrices = "[w for w in net.parameters() if w.ndim == 2]"
        lines += _each("after", matrices, text.format(value=f"{getattr(r, field):g}"))
    return lines


def _each(when: str, weights: str, statement: str) -> list[str]:
    return ["", f"with torch.no_grad():  # {when} every step", f"    for w in {weights}:", f"        {statement}"]
