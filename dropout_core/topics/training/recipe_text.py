"""A recipe in words and in PyTorch's: exactly what is trained, no more than is so."""

from dropout_core.common.text import counted
from dropout_core.experiments.recipe import Recipe


def named(r: Recipe) -> str:
    """The settings that readers change most, to tell one comparison from another."""
    sizes = f"{counted(r.epochs, 'epoch')}, {counted(r.images, 'image')}, {counted(len(r.seeds), 'seed')}"
    return f"rate {r.rate:g}, {sizes}, hidden layers {'-'.join(map(str, r.hidden))}"


def described(recipe: Recipe) -> str:
    """Net, dropout, training and losses, a bullet each."""
    layers = " → ".join(f"{width:,}" for width in (784, *recipe.hidden, 10))
    return f"""
- Pixels are scaled to [−1, 1]. The nets are {layers} with ReLU and PyTorch's default initialisation.
- The dropout net has inverted dropout at rate {recipe.rate:g} after every linear layer but the last, *before* the
  ReLU{_inputs(recipe)}.
- {_optimiser(recipe)}, cross-entropy, batches of {recipe.batch}, {counted(recipe.images, "image")},
  {counted(recipe.epochs, "epoch")}{_stopping(recipe)}. The validation images are {_validation(recipe)}.
- *Masks on* is the loss that the optimiser sees; *evaluation mode* drops nothing. Only the latter may be compared with
  validation: the first includes the harm that the masks do.
"""


def code(recipe: Recipe) -> str:
    """The dropout net and its optimiser in PyTorch, as this recipe has them."""
    return "\n".join([*_model(recipe), "", *_training(recipe)])


def _validation(recipe: Recipe) -> str:
    if recipe.data == "mnist":
        return "the 10,000 of MNIST's test set, as in the article: whatever is picked by them is a little flattered"
    return "1,000 others of the same 5,000: whatever is picked by them is a little flattered"


def _inputs(recipe: Recipe) -> str:
    return f", and drops pixels at rate {recipe.input_rate:g}" if recipe.input_rate else ""


def _optimiser(recipe: Recipe) -> str:
    said = f"{'SGD' if recipe.optimiser == 'sgd' else 'Adam'} at {recipe.learning_rate:g}"
    if recipe.momentum:
        said += f" with momentum {recipe.momentum:g}"
    if recipe.weight_decay:
        said += f", weight decay {recipe.weight_decay:g} ({'decoupled' if recipe.decoupled else 'in the loss'})"
    return said + (f", max-norm {recipe.max_norm:g}" if recipe.max_norm else "")


def _stopping(recipe: Recipe) -> str:
    if not recipe.patience:
        return ""
    return f" at most: {counted(recipe.patience, 'epoch')} without a lower validation loss end it"


def _model(recipe: Recipe) -> list[str]:
    sizes = (784, *recipe.hidden, 10)
    pairs = list(enumerate(zip(sizes, sizes[1:], strict=False), 1))
    inputs = recipe.input_rate > 0
    return [
        "class MLP(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        *(f"        self.layer{i} = nn.Linear({n}, {m})" for i, (n, m) in pairs),
        f"        self.dropout = nn.Dropout({recipe.rate:g})  # 0 in the net without",
        *([f"        self.pixels = nn.Dropout({recipe.input_rate:g})  # the same"] if inputs else []),
        "",
        "    def forward(self, images):",
        f"        h = {'self.pixels(images.flatten(1))' if inputs else 'images.flatten(1)'}",
        *(f"        h = torch.relu(self.dropout(self.layer{i}(h)))" for i, _ in pairs[:-1]),
        f"        return self.layer{len(pairs)}(h)",
    ]


def _training(recipe: Recipe) -> list[str]:
    """Its optimiser, and what is done to the weights besides."""
    r, sgd = recipe, recipe.optimiser == "sgd"
    by_hand = sgd and r.decoupled and r.weight_decay > 0  # PyTorch's SGD knows decay in the loss alone
    name = "SGD" if sgd else "AdamW" if r.decoupled and r.weight_decay else "Adam"
    options = [f"lr={r.learning_rate:g}"]
    options += [f"momentum={r.momentum:g}"] if r.momentum else []
    options += [f"weight_decay={r.weight_decay:g}"] if r.weight_decay and not by_hand else []
    lines = ["net = MLP()", f"optimiser = torch.optim.{name}(net.parameters(), {', '.join(options)})"]
    if by_hand:
        lines += _each("before", "net.parameters()", f"1 - {r.learning_rate:g} * {r.weight_decay:g}")
    if r.max_norm:
        weights = "[w for w in net.parameters() if w.ndim == 2]"
        lines += _each("after", weights, f"({r.max_norm:g} / w.norm(dim=1, keepdim=True)).clamp(max=1)")
    return lines


def _each(when: str, weights: str, factor: str) -> list[str]:
    return ["", f"with torch.no_grad():  # {when} every step", f"    for w in {weights}:", f"        w.mul_({factor})"]
