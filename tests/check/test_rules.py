"""Test the rules: on the pitfalls' own code, on other ways to write it, and on correct code that looks similar."""

from dataclasses import replace
from textwrap import dedent

import pytest

from dropout_core.check.findings import RULES, check
from dropout_core.check.source import Source
from dropout_core.experiments.recipe import Recipe
from dropout_core.export.script import has_script, to_script
from dropout_core.topics.pitfalls.catalogue import BY_SLUG, PITFALLS
from dropout_core.topics.pitfalls.live_training import FRAMES, program
from dropout_core.topics.pitfalls.pitfall import IMPORTS

INVISIBLE = {"always"}  # whether dropout helps depends on the data, not on the code
each_pitfall = pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda pitfall: pitfall.slug)


def found(text: str) -> list[tuple[int, str]]:
    """Return the line and the pitfall of each finding."""
    return [(finding.line, finding.rule.pitfall) for finding in check(Source("code.py", text))]


def slugs(text: str) -> set[str]:
    return {slug for _, slug in found(text)}


# --- the pitfalls' own code ------------------------------------------------------------------------------------------


@each_pitfall
@pytest.mark.parametrize("imports", ["", IMPORTS], ids=["a piece", "with imports"])
def test_the_broken_code_of_a_pitfall_raises_its_alarm_and_the_correct_code_none(pitfall, imports):
    assert slugs(imports + pitfall.broken) == {pitfall.slug} - INVISIBLE
    assert slugs(imports + pitfall.right) == set()


def test_every_pitfall_that_can_be_seen_has_exactly_one_rule():
    assert sorted(rule.pitfall for rule in RULES) == sorted(BY_SLUG.keys() - INVISIBLE)


@pytest.mark.parametrize("slug", FRAMES)
def test_whole_programs_raise_the_alarm_of_their_bug_alone(slug):
    pitfall = BY_SLUG[slug]
    assert slugs(program(pitfall, pitfall.broken, 0)) == {slug}
    assert slugs(program(pitfall, pitfall.right, 0)) == set()


SCRIPTS = {
    "article": Recipe(),
    "subset": Recipe(data="mnist-5k", images=300),
    "high rate": Recipe(rate=0.9, input_rate=0.2),
    "Gaussian": Recipe(noise="gaussian", noise_at="after ReLU"),
    "SGD": Recipe(optimiser="sgd", momentum=0.9, weight_decay=0.01, decoupled=True, max_norm=1.0),
    "patience": Recipe(data="mnist-5k", images=300, patience=1, seeds=(3, 1, 4), subset="drawn"),
}


@pytest.mark.parametrize("recipe", SCRIPTS.values(), ids=SCRIPTS)
def test_the_scripts_of_this_project_raise_no_alarm(recipe):
    assert has_script(recipe)
    assert found(to_script(recipe)) == []


def test_a_script_with_a_dropout_layer_would_raise_one():
    """Without it, the script has nothing that depends on the mode, and needs no eval()."""
    script = to_script(replace(Recipe(), data="mnist-5k", images=300))
    layers = "self.layers = nn.ModuleList("
    assert layers in script
    assert slugs(script.replace(layers, f"self.drop = nn.Dropout(0.5)\n        {layers}")) == {"no-grad"}


# --- other ways to write the bugs ------------------------------------------------------------------------------------

ALARMS = {
    "functional, imported by name": (
        "functional",
        """
        from torch.nn.functional import dropout as noise

        def block(x):
            return noise(x, 0.3)
        """,
        5,
    ),
    "functional, full name": (
        "functional",
        "import torch\ndef f(x):\n    return torch.nn.functional.dropout2d(x, p=.1)",
        3,
    ),
    "functional, rate with a default of zero": (
        "functional",
        "class Net(nn.Module):\n"
        "    def __init__(self, rate=0.0):\n"
        "        self.rate = rate\n"
        "    def forward(self, x):\n"
        "        return F.dropout(x, self.rate)",
        5,
    ),
    "attention, imported by name": (
        "attention",
        "from torch.nn.functional import scaled_dot_product_attention as sdpa\n"
        "class A(nn.Module):\n"
        "    def forward(self, q, k, v):\n"
        "        return sdpa(q, k, v, None, self.rate)",
        4,
    ),
    "keep, a number": ("keep", "import torch.nn as nn\ndrop = nn.Dropout(0.9)", 2),
    "keep, a constant": ("keep", "RATE = 0.85\ndrop = nn.Dropout2d(p=RATE)", 2),
    "keep, a parameter's default": (
        "keep",
        "class Net(nn.Module):\n    def __init__(self, rate=0.9):\n        self.drop = nn.Dropout(rate)",
        3,
    ),
    "keep, one minus a low number": ("keep", "p = 0.1\ndrop = nn.Dropout(1 - p)", 2),
    "keep, an attribute": ("keep", "def f(self, x):\n    return F.dropout(x, self.keep_prob, self.training)", 2),
    "placement, in forward": (
        "placement",
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.drop, self.norm = nn.Dropout(0.2), nn.BatchNorm2d(8)

            def forward(self, x):
                x = self.drop(x)
                x = x.relu()
                return self.norm(x)
        """,
        10,
    ),
    "placement, in one expression": (
        "placement",
        "def f(self, x):\n    return F.batch_norm(F.dropout(x, 0.2, self.training), m, v)",
        2,
    ),
    "placement, in an OrderedDict": (
        "placement",
        "from collections import OrderedDict\n"
        "net = nn.Sequential(OrderedDict([\n"
        "    ('a', nn.Linear(8, 8)),\n"
        "    ('b', nn.Dropout(0.2)),\n"
        "    ('c', nn.BatchNorm1d(8)),\n"
        "]))",
        4,
    ),
    "placement, on one branch": (
        "placement",
        "def f(self, x):\n    if self.rate:\n        x = F.dropout(x, self.rate, self.training)\n"
        "    return F.batch_norm(x, m, v)",
        4,
    ),
    "order, layers": (
        "order",
        "net = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.2), nn.Sigmoid(), nn.Linear(8, 2))",
        1,
    ),
    "order, a method": ("order", "def f(self, z):\n    return F.dropout(z, 0.2, self.training).sigmoid()", 2),
    "output, by the number of classes": (
        "output",
        """
        class Net(nn.Module):
            def __init__(self, num_classes):
                super().__init__()
                self.last = nn.Linear(64, num_classes)
                self.drop = nn.Dropout(0.5)

            def forward(self, x):
                return self.drop(self.last(x))
        """,
        9,
    ),
    "output, in front of a softmax": (
        "output",
        "model = nn.Sequential(nn.Linear(8, 3), nn.Dropout(0.2), nn.Softmax(1))",
        1,
    ),
    "inputs": ("inputs", "model = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Linear(8, 2))", 1),
    "anew, a variable": (
        "anew",
        "class N(nn.Module):\n    def forward(self, x):\n        d = nn.Dropout()\n        return d(x)",
        3,
    ),
    "lstm, num_layers=1": (
        "lstm",
        "class N(nn.Module):\n    def __init__(s):\n        s.r = nn.GRU(8, 8, num_layers=1, dropout=0.3)",
        3,
    ),
    "no-grad, a loop": (
        "no-grad",
        """
        net.train()
        for x, y in loader:
            loss(net(x), y).backward()
        with torch.no_grad():
            hits = sum((net(x).argmax(1) == y).sum() for x, y in test_loader)
        """,
        6,
    ),
    "no-grad, a decorator": (
        "no-grad",
        "@torch.inference_mode()\ndef test(model, loader):\n    return [model(x) for x in loader]",
        3,
    ),
    "no-grad, an instance": (
        "no-grad",
        "class MLP(nn.Module):\n"
        "    def __init__(self):\n"
        "        self.drop = nn.Dropout(0.5)\n"
        "mlp = MLP()\n"
        "with torch.no_grad():\n"
        "    y = mlp(x)",
        6,
    ),
    "no-grad, a class of one's own": (
        "no-grad",
        "class Trainer:\n    def test(self, x):\n        with torch.no_grad():\n            return self.model(x)",
        4,
    ),
    "train, in a function": (
        "train",
        """
        def evaluate(net):
            net.eval()
            with torch.no_grad():
                return net(x)

        def main():
            net.train()
            for epoch in range(10):
                for x, y in loader:
                    loss(net(x), y).backward()
                evaluate(net)
        """,
        12,
    ),
    "train, False": (
        "train",
        "for x, y in loader:\n    loss(net(x), y).backward()\n    net.train(False)\n    validate(net)",
        3,
    ),
    "mc, several passes": (
        "mc",
        "def sample(net, x):\n    net.train()\n"
        "    with torch.no_grad():\n        return torch.stack([net(x) for _ in range(50)])",
        2,
    ),
    "scaling, beside a layer": (
        "scaling",
        """
        class Net(nn.Module):
            def __init__(self, p):
                super().__init__()
                self.p = p
                self.drop = nn.Dropout(p)

            def forward(self, x):
                return self.drop(x) / (1 - self.p)
        """,
        9,
    ),
    "scaling, beside F.dropout, by name": (
        "scaling",
        "def f(self, h):\n    keep = 1 - p\n    h = F.dropout(h, p, self.training)\n    h *= keep\n    return h",
        4,
    ),
    "variance, torch.var": ("variance", "def f(self, h):\n    return torch.var(F.dropout(h, 0.5, self.training))", 2),
    "one mask, size()": ("one-mask", "mask = torch.rand(h.size(-1)) > p", 1),
    "exactly k, in place": (
        "exactly-k",
        "def f(h):\n    i = torch.rand_like(h).topk(3).indices\n    return keep(h, i) / (1 - p)",
        2,
    ),
}


@pytest.mark.parametrize(("slug", "text", "line"), ALARMS.values(), ids=ALARMS)
def test_a_bug_is_found_on_its_line(slug, text, line):
    assert found(dedent(text)) == [(line, slug)]


# --- correct code ----------------------------------------------------------------------------------------------------

SILENT = {
    "functional, the mode as a position": "def f(self, x):\n    return F.dropout(x, 0.5, self.training)",
    "functional, in training only": (
        "def f(self, x):\n    if self.training:\n        x = F.dropout(x, 0.5)\n    return x"
    ),
    "functional, after an early return": (
        "def f(self, x):\n    if not self.training:\n        return x\n    return F.dropout(x, 0.5)"
    ),
    "functional, a rate that depends on the mode": (
        "def f(self, x):\n    p = self.p if self.training else 0.0\n    return F.dropout(x, p)"
    ),
    "functional, arguments that cannot be seen": "def f(x, **more):\n    return F.dropout(x, **more)",
    "functional, of another library": ("import paddle.nn.functional as F\ndef f(x):\n    return F.dropout(x, 0.5)"),
    "functional, a function of one's own": "def dropout(x, p): ...\ndef f(x):\n    return dropout(x, 0.5)",
    "alpha_dropout is off by default": "def f(x):\n    return F.alpha_dropout(x, 0.5)",
    "attention, without dropout": "def f(q, k, v):\n    return F.scaled_dot_product_attention(q, k, v, dropout_p=0.0)",
    "attention, a wrapper": "def f(q, k, v, rate):\n    return F.scaled_dot_product_attention(q, k, v, dropout_p=rate)",
    "keep, turned into a rate": "def f(self, keep_prob):\n    self.drop = nn.Dropout(1 - keep_prob)",
    "keep, an ordinary rate": "drop = nn.Dropout(0.5)",
    "placement, behind the last batch normalisation": (
        "net = nn.Sequential(nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))"
    ),
    "placement, on different branches": (
        "def f(self, x):\n    if self.a:\n        x = F.dropout(x, 0.2, self.training)\n"
        "    else:\n        x = F.batch_norm(x, m, v)\n    return x"
    ),
    "placement, another variable": (
        "def f(self, x):\n    y = F.dropout(x, 0.2, self.training)\n    return F.batch_norm(x, m, v) + y"
    ),
    "placement, replaced in between": (
        "def f(self, x):\n    x = F.dropout(x, 0.2, self.training)\n"
        "    x = self.conv(x)\n    return F.batch_norm(x, m, v)"
    ),
    "output, a feed-forward block": """
        class Block(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.net = nn.Sequential(nn.Linear(width, 64), nn.GELU(), nn.Linear(64, width), nn.Dropout(0.1))
        """,
    "inputs, a low rate": "net = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, 8))",
    "inputs, a head": (
        "class N(nn.Module):\n"
        "    def __init__(self):\n        self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(8, 2))"
    ),
    "anew, kept on first use": (
        "class N(nn.Module):\n    def forward(self, x):\n        if self.drop is None:\n"
        "            self.drop = nn.Dropout()\n        return self.drop(x)"
    ),
    "lstm, two layers": "lstm = nn.LSTM(8, 8, num_layers=2, dropout=0.3)",
    "lstm, two layers as a position": "lstm = nn.LSTM(8, 8, 2, dropout=0.3)",
    "lstm, a number that cannot be seen": (
        "class N(nn.Module):\n    def __init__(self, layers=1):\n        self.lstm = nn.LSTM(8, 8, layers, dropout=0.3)"
    ),
    "no-grad, eval in the caller": (
        "def predict(net, x):\n    with torch.no_grad():\n        return net(x)\n\n\nnet.eval()\npredict(net, x)"
    ),
    "no-grad, eval in a helper": (
        "def quiet(net):\n    net.eval()\n\n\ndef predict(net, x):\n    quiet(net)\n    with torch.no_grad():\n"
        "        return net(x)"
    ),
    "no-grad, a context manager": (
        "def predict(net, x):\n    with torch.no_grad(), evaluating(net):\n        return net(x)"
    ),
    "no-grad, statistics of batch normalisation": (
        "def update(net, loader):\n    net.train()\n"
        "    with torch.no_grad():\n        for x in loader:\n            y = net(x)"
    ),
    "no-grad, a teacher": "def f(teacher_model, x):\n    with torch.no_grad():\n        return teacher_model(x)",
    "no-grad, a base class in the same file": (
        "class Base: ...\n\n\nclass N(Base):\n    def test(self, x):\n        with torch.no_grad():\n"
        "            return self.model(x)"
    ),
    "no-grad, a module's own layers": (
        "class N(Base):\n    @torch.no_grad()\n    def generate(self, x):\n        return self.model(x)"
    ),
    "no-grad, networks without a mode": (
        "net = nn.Sequential(nn.Linear(8, 8), nn.ReLU())\nwith torch.no_grad():\n    y = net(x)"
    ),
    "train, at the start of every epoch": (
        "for epoch in range(9):\n    net.train()\n"
        "    for x, y in loader:\n        loss(net(x), y).backward()\n    net.eval()"
    ),
    "train, in a function": (
        "def train(net):\n    net.train()\n    loss(net(x), y).backward()\n\n\n"
        "for epoch in range(9):\n    train(net)\n    net.eval()"
    ),
    "train, put back": (
        "mode = net.training\nfor x, y in loader:\n    loss(net(x), y).backward()\n    net.eval()\n    net.train(mode)"
    ),
    "train, a loop over evaluations": "net.eval()\nfor x in loader:\n    net.eval()\n    print(net(x))",
    "mc, a training step": (
        "def step(net, x):\n    net.train()\n    loss(net(x)).backward()\n    optimiser.step()\n    return net(x)"
    ),
    "scaling, an average": "def f(new, old, m):\n    return old * (1 - m) + new * m",
    "scaling, the right way": ("def f(a, p):\n    mask = torch.rand_like(a) >= p\n    return a * mask / (1 - p)"),
    "scaling, another rate": ("def f(self, h, alpha):\n    return F.dropout(h, self.p, self.training) * (1 - alpha)"),
    "one mask, for examples": "mask = torch.rand(h.shape[0]) > p",
    "exactly k, a choice": "def f(h):\n    return torch.rand_like(h).topk(3).indices",
    "text and comments": '"""F.dropout(x, 0.5)"""\n# nn.Dropout(0.9)\n',
    "an empty file": "",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_correct_code_raises_no_alarm(text):
    assert found(dedent(text)) == []


# --- silencing and duplicates ----------------------------------------------------------------------------------------


def test_a_comment_silences_its_line_and_no_other():
    bug = "drop = nn.Dropout(0.9)"
    assert found(f"{bug}  # dropout: ok\n{bug}  # dropout: okay\n{bug}\n") == [(2, "keep"), (3, "keep")]


def test_a_comment_may_stand_behind_a_call_of_several_lines():
    assert found("drop = nn.Dropout(\n    0.9,\n)  # dropout: ok, as in the paper\n") == []


def test_a_line_is_named_once_for_each_pitfall():
    assert found("a, b = nn.Dropout(0.9), nn.Dropout(0.8)") == [(1, "keep")]
    text = "class N(nn.Module):\n    def forward(self, x):\n        return nn.Dropout(0.9)(x)"
    assert found(text) == [(3, "keep"), (3, "anew")]


def test_lines_are_counted_as_python_counts_them():
    """A form feed and the separators of Unicode end a line for str.splitlines, but not for Python."""
    text = "s = '\x0c\u2028\x1c'\r\nt = 1\rdrop = nn.Dropout(0.9)  # dropout: ok\r\n"
    assert found(text) == []
    assert found(text.replace("ok", "no")) == [(3, "keep")]
