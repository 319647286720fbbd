"""Eleven mistakes with dropout, each with a broken and a correct piece of PyTorch code and an explanation.

The numbers that show each mistake are in symptoms.SYMPTOMS under the same slug. Tests run both pieces of code with
torch, nn and F imported; h, z and a are activations, x are inputs, and training is a flag. RATE, KEEP and SHARE are
placeholders for the reader's rate, for 1 − rate, and for 1 − rate in %.
"""

from dataclasses import dataclass, replace
from random import Random


@dataclass(frozen=True)
class Pitfall:
    """A common mistake, with broken and correct code.

    heads    column headings for the numbers: with the bug (or the surprise), and right (or as expected)
    measure  heading of the column that names the quantities
    rate     the initial rate, at which the bug must be visible: not ½ if the bug confuses keeping with dropping
    """

    slug: str
    name: str
    question: str
    broken: str
    right: str
    why: str
    heads: tuple[str, str] = ("with the bug", "right")
    measure: str = "quantity"
    rate: float = 0.2

    def at(self, rate: float) -> "Pitfall":
        """Copy the pitfall and insert this rate into its question and code."""
        keep = round(1 - rate, 2)
        values = {"RATE": f"{rate:g}", "KEEP": f"{keep:g}", "SHARE": f"{100 * keep:.0f} %"}
        texts = {name: getattr(self, name) for name in ("question", "broken", "right")}
        for mark, value in values.items():
            texts = {name: text.replace(mark, value) for name, text in texts.items()}
        return replace(self, **texts)

    @property
    def bug(self) -> str:
        """The letter of the broken code, A or B, chosen at random but fixed for each slug."""
        return Random(self.slug).choice("AB")

    @property
    def shown(self) -> dict[str, str]:
        """The two pieces of code, keyed by letter."""
        return {letter: self.broken if letter == self.bug else self.right for letter in "AB"}


LOGISTIC = "# net = nn.Sequential(nn.Dropout(RATE), nn.Linear(8, 1)), trained\nloss = nn.SoftMarginLoss()\n"
WITHIN = (
    "def equal(values, expected):  # within five standard errors\n    error = values.std() / len(values) ** 0.5\n"
    "    return abs(values.mean() - expected) <= 5 * error\n\np = RATE\ny = F.dropout(x, p)\nassert equal(y, 2)\n"
)
MASK = "p = RATE\nmask = torch.rand_like(h) >= p\nh = h * mask / (1 - p)"

PITFALLS = (
    Pitfall(
        "keep",
        "p: to keep or to drop?",
        "A paper asks for “dropout with p = KEEP”, and means that SHARE of the units are kept.",
        "keep = KEEP\nh = F.dropout(h, p=keep)",
        "keep = KEEP\nh = F.dropout(h, p=1 - keep)",
        "In Srivastava et al. (2014) and in TensorFlow 1, the number is the chance to *keep* a unit; in PyTorch, in "
        "Keras and in this app, it is the chance to *drop* it. At ½ nobody notices.",
    ),
    Pitfall(
        "functional",
        "F.dropout after eval()",
        "The layers’ forward pass, as it is called in training and, after `net.eval()`, for predictions.",
        "def forward(self, x):\n    h = F.relu(self.first(x))\n    h = F.dropout(h, RATE)\n    return self.last(h)",
        "def forward(self, x):\n    h = F.relu(self.first(x))\n    h = F.dropout(h, RATE, self.training)\n"
        "    return self.last(h)",
        "`net.eval()` sets `self.training`, but a function knows nothing of the module it is called in: the `training` "
        "argument of `F.dropout` is True unless told otherwise. An `nn.Dropout` module would have known.",
    ),
    Pitfall(
        "no-grad",
        "no_grad is not eval",
        "The net has just been trained. Now it is to predict.",
        "# net has layers nn.Dropout(RATE)\nwith torch.no_grad():\n    scores = net(x)",
        "# net has layers nn.Dropout(RATE)\nnet.eval()\nwith torch.no_grad():\n    scores = net(x)",
        "`torch.no_grad()` only stops recording gradients. It is `net.eval()` that switches dropout off. Predictions "
        "need the one for right answers, and the other for speed.",
    ),
    Pitfall(
        "loss",
        "Training loss above validation loss",
        "A logistic regression does worse on the examples that it was trained on than on new ones. Is that an error?",
        f"{LOGISTIC}net.train()\ntrain_loss = loss(net(x_train), y_train)\n"
        "net.eval()\nval_loss = loss(net(x_val), y_val)",
        f"{LOGISTIC}net.eval()\ntrain_loss = loss(net(x_train), y_train)\nval_loss = loss(net(x_val), y_val)",
        "With masks on, the training loss belongs to thinned nets, and the validation loss to the whole one. In "
        "evaluation mode both belong to the whole net, and only then does their gap speak of overfitting.",
        ("masks on in training loss", "both in evaluation mode"),
        rate=0.5,
    ),
    Pitfall(
        "scaling",
        "Scaled twice, or never",
        "Somebody writes dropout by hand.",
        "def dropout(a, training, p=RATE):\n    if not training:\n        return a * (1 - p)\n"
        "    mask = torch.rand_like(a) >= p\n    return a * mask / (1 - p)",
        "def dropout(a, training, p=RATE):\n    if not training:\n        return a\n"
        "    mask = torch.rand_like(a) >= p\n    return a * mask / (1 - p)",
        "Dividing by 1 − p in training and multiplying by 1 − p at inference are two ways to the same end; taking both "
        "shrinks the output, once more in every layer. ConvNetJS multiplies by p at inference (its pull request 61, "
        "open since 2016, would mend it): at p = ½ that is right, by luck.",
        measure="output at inference ÷ mean in training",
    ),
    Pitfall(
        "variance",
        "The mean is kept, so all is",
        "A test of dropout. All values of x are 2.",
        f"{WITHIN}assert equal((y - 2) ** 2, 0)",
        f"{WITHIN}assert equal((y - 2) ** 2, 4 * p / (1 - p))",
        "Scaling preserves the mean only. In training, a unit with activation a has variance a² p / (1 − p); at "
        "inference, its variance is 0. A layer that estimates variances during training, such as batch normalisation, "
        "therefore estimates the wrong ones.",
        ("in training", "at inference"),
    ),
    Pitfall(
        "order",
        "In front of the activation, or behind?",
        "With ReLU the two are one. This layer has a sigmoid.",
        "p = RATE\nz = F.dropout(z, p, training)\nh = torch.sigmoid(z)",
        "p = RATE\nh = torch.sigmoid(z)\nh = F.dropout(h, p, training)",
        "ReLU leaves 0 at 0 and does not mind a factor, so the order is free. Sigmoid turns the 0 of a dropped unit "
        "into ½: it is not switched off, and the mean is wrong. A bias between dropout and ReLU spoils it too.",
    ),
    Pitfall(
        "one-mask",
        "One mask for the batch",
        "h holds a row for each example of the batch, a column for each unit.",
        "p = RATE\nmask = torch.rand(h.shape[1]) >= p\nh = h * mask / (1 - p)",
        MASK,
        "The shorter mask is broadcast over all rows: every example meets the same subnetwork, and the noise no longer "
        "averages out over the batch. The masks’ part in a gradient’s variance stays that of one example, "
        "however large the batch. Elsewhere sharing is deliberate: variational dropout in recurrent networks uses one "
        "mask for all time steps of a sequence, but a different one for each sequence.",
    ),
    Pitfall(
        "exactly-k",
        "Exactly the share p",
        "“Drop the share p” – on average, or always?",
        "p = RATE\nk = round((1 - p) * h.shape[1])\nkept = torch.rand_like(h).topk(k).indices\n"
        "mask = torch.zeros_like(h).scatter(1, kept, 1)\nh = h * mask / (1 - p)",
        MASK,
        "Dropout decides for each unit independently. If exactly k units are kept, keeping one makes it less "
        "likely that another is kept: fewer subnetworks occur, and the formulas for variances of sums no longer hold. "
        "The mean is right only if (1 − p) n is a whole number: at p = 0.95, 10 units cannot lose 9.5.",
    ),
    Pitfall(
        "placement",
        "In the wrong place",
        "Two networks for 8 inputs and 3 classes. Which one has dropout where it does harm?",
        "net = nn.Sequential(\n    nn.Dropout(0.5),\n    nn.Linear(8, 16),\n    nn.ReLU(),\n    nn.Dropout(RATE),\n"
        "    nn.BatchNorm1d(16),\n    nn.Linear(16, 3),\n    nn.Dropout(RATE),\n)",
        "net = nn.Sequential(\n    nn.Linear(8, 16),\n    nn.BatchNorm1d(16),\n"
        "    nn.ReLU(),\n    nn.Dropout(RATE),\n    nn.Linear(16, 3),\n)",
        "Three mistakes at once. Batch normalisation behind dropout remembers the variance of training and meets "
        "a smaller one at inference (Li et al. 2019). Dropout on the output erases the scores themselves. And ½ is a "
        "lot for inputs, which nothing else can stand in for: 0.2 at most is usual, and none before a batch norm.",
    ),
    Pitfall(
        "always",
        "It always helps",
        "When does a net ask for dropout?",
        "rate = 0.5 if train_accuracy < 0.9 else 0.0",
        "gap = train_accuracy - val_accuracy\nrates = (0.0, 0.5) if gap > 0.02 else (0.0,)\n"
        "rate = max(rates, key=val_accuracy_at)  # trained with each",
        "Dropout is a remedy for overfitting, and costs some of the fit. A net that does badly on its own training "
        "images has none to spare: it wants more units, or more time. A gap is a reason to try, no more: with very few "
        "images it may be wide and stay so. Validation decides.",
    ),
)
BY_SLUG = {pitfall.slug: pitfall for pitfall in PITFALLS}
# Presets of the training page that demonstrate the pitfall "always".
SEEN_IN = ("Too little training", "Net too small", "Few images")
