"""The programs that train a pitfall's broken and correct code on MNIST, side by side, and what came out of them.

The code inside these programs is the code that the page shows. Workers run them; see live_training_worker.py.
"""

from dataclasses import dataclass
from statistics import fmean
from textwrap import indent

from dropout_core.common.text import counted, difference, fixed
from dropout_core.engine.worker import Report
from dropout_core.numerics.evidence import undetected
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.topics.pitfalls.catalogue import BY_SLUG
from dropout_core.topics.pitfalls.pitfall import IMPORTS, Pitfall

CODES = BUG, RIGHT = "with the bug", "correct"
_EPOCH, _LOSS, _ACCURACY = 2, 3, 4  # columns of a point, after its code and seed
SEEDS, EPOCHS = tuple(range(5)), 10
IMAGES, VALIDATION_IMAGES = 1_000, 1_000
RUNS = tuple((code, seed) for seed in SEEDS for code in CODES)
POINTS = len(RUNS) * EPOCHS
_HERE = "..."  # the line of a program that stands for the pitfall's code

_SETUP = f"""# x_train, y_train: {IMAGES:,} MNIST images and their digits; x_val, y_val: {VALIDATION_IMAGES:,} others
# report: draws a point of the curves
torch.manual_seed(seed)
net = nn.Module()
net.first, net.last = nn.Linear(784, 256), nn.Linear(256, 10)
optimizer = torch.optim.Adam(net.parameters(), fused=True)
order = torch.Generator().manual_seed(seed)  # the same batches for both pieces of code


def train(net):
    for batch in torch.randperm(len(x_train), generator=order).split(10):
        optimizer.zero_grad()
        F.cross_entropy(forward(net, x_train[batch]), y_train[batch]).backward()
        optimizer.step()


def validate(net):
    with torch.no_grad():
        scores = forward(net, x_val)
    accuracy = 100 * (scores.argmax(1) == y_val).float().mean()
    report(F.cross_entropy(scores, y_val).item(), accuracy.item())


"""
_FORWARD, _LOOP = BY_SLUG["functional"].right, BY_SLUG["train"].right
_IN_FORWARD = """def forward(self, x):
    h = F.relu(self.first(x))
    if self.training:
        ...
    return self.last(h)"""
_AS_FUNCTION = """...

def forward(self, x):
    h = dropout(F.relu(self.first(x)), self.training)
    return self.last(h)"""


@dataclass(frozen=True)
class Frame:
    """The part of a program around a pitfall's code, which replaces the line "...", and the rate p."""

    text: str
    rate: float = 0.5


FRAMES = {
    "keep": Frame(f"{_IN_FORWARD}\n\n\n{_LOOP}", 0.1),
    "functional": Frame(f"...\n\n\n{_LOOP}"),
    "scaling": Frame(f"{_AS_FUNCTION}\n\n\n{_LOOP}"),
    "train": Frame(f"{_FORWARD}\n\n\n..."),
}


def program(pitfall: Pitfall, code: str, seed: int) -> str:
    """Return the complete program that trains this code, which is the pitfall's broken or correct code."""
    frame = FRAMES[pitfall.slug]
    lines = [_filled(line, code) for line in frame.text.splitlines()]
    return f"{IMPORTS}p, seed = {frame.rate:g}, {seed}\n{_SETUP}" + "\n".join(lines)


def _filled(line: str, code: str) -> str:
    return indent(code, line.removesuffix(_HERE)) if line.strip() == _HERE else line


def train(slug: str, run: tuple[str, int], report: Report) -> None:
    """Train one piece of a pitfall's code with one seed; both are named by `run`. Called by workers, which have torch.

    report  called after each epoch with the code, the seed, the epoch, the validation loss and the accuracy in %
    """
    from dropout_core.topics.pitfalls import live_training_worker

    code, seed = run
    pitfall, epochs = BY_SLUG[slug], 0

    def report_epoch(loss: float, accuracy: float) -> None:
        nonlocal epochs
        epochs += 1
        report((code, seed, epochs, loss, accuracy))

    text = program(pitfall, pitfall.broken if code == BUG else pitfall.right, seed)
    live_training_worker.run(text, report_epoch, IMAGES)


def described(pitfall: Pitfall) -> str:
    return (
        f"This trains a small net with each piece of code, exactly as shown, on {IMAGES:,} MNIST images: "
        f"{counted(EPOCHS, 'epoch')}, {counted(len(SEEDS), 'seed')} each, p = {FRAMES[pitfall.slug].rate:g}. "
        "For each seed, both nets start from the same weights and see the same batches."
    )


def finding(points: list[tuple]) -> str:
    """State in one sentence how both pieces of code compare after a complete training."""
    losses, accuracies = final_values(points, _LOSS), final_values(points, _ACCURACY)
    bug, right = (fixed(fmean(losses[code]), 2) for code in CODES)
    with_bug, without = (fixed(fmean(accuracies[code]), 1) for code in CODES)
    effect = {1: f"raises it from {right} to {bug}", -1: f"lowers it from {right} to {bug}"}
    return (
        f"Validation loss after {counted(EPOCHS, 'epoch')}: the bug "
        f"{effect.get(differences(points).sign, f'makes no detectable difference ({bug} with it, {right} without)')}. "
        f"Accuracy: {with_bug} % with the bug, {without} % with the correct code"
    )


def evidence(points: list[tuple]) -> str:
    """State the difference in validation loss with its interval."""
    change = differences(points)
    e = change.estimate
    text = difference(e.value, e.low, e.high, "nats", 2)
    return f"Means of {counted(len(SEEDS), 'seed')}. The bug changes the loss by {text}.{undetected(change, 'nats')}"


def differences(points: list[tuple]) -> Paired:
    """Return the differences in final validation loss, with the bug minus correct, paired by seed."""
    return paired(*final_values(points, _LOSS).values())


def final_values(points: list[tuple], column: int) -> dict[str, list[float]]:
    """Return a column of the last epoch's points, keyed by code and ordered by seed."""
    last = sorted(point for point in points if point[_EPOCH] == EPOCHS)
    return {code: [point[column] for point in last if point[0] == code] for code in CODES}
