"""Misconceptions about dropout: the code runs as intended, but rests on a wrong belief."""

from functools import partial

from dropout_core.topics.pitfalls import pitfall

Misconception = partial(pitfall.Pitfall, kind=pitfall.MISCONCEPTION)
RULE = """rule, net = torch.ones(8), nn.Sequential(nn.Dropout(p), nn.Linear(8, 1))
with torch.no_grad():  # a network that has learned the true probabilities, and does not overfit
    net[1].weight.copy_(rule)
    net[1].bias.zero_()
loss = nn.BCEWithLogitsLoss()


def examples(count):
    x = torch.randn(count, 8)
    return x, torch.bernoulli((x @ rule).sigmoid())[:, None]


x_train, y_train = examples(20_000)
x_val, y_val = examples(20_000)"""
FIT = """def examples(count):
    x = torch.randn(count, 10)
    return x, x.sum(1) + 5 * torch.randn(count)


def fit(x, y, rate):  # the minimum over all masks, in closed form (Srivastava et al. 2014, section 9.1)
    gram = x.T @ x
    return torch.linalg.solve(gram + rate / (1 - rate) * gram.diag().diag(), x.T @ y)


def error(w, x):  # against the rule without noise
    return ((x @ w - x.sum(1)) ** 2).mean().item()"""
COMPARE = """values = []
x, y = examples(400)
x_val, y_val = examples(10_000)
for count in range(20, 401, 20):
    weights = {rate: fit(x[:count], y[:count], rate) for rate in (0.0, 0.5)}
    val_error = {rate: ((x_val @ w - y_val) ** 2).mean() for rate, w in weights.items()}
    values.append(error(weights[choose(val_error)], examples(10_000)[0]))"""
MASK = "mask = torch.rand_like(h) >= p\nh = h * mask / (1 - p)"

MISCONCEPTIONS = (
    Misconception(
        "loss",
        "A higher training loss means a bug",
        "“The training loss is above the validation loss, so there must be a bug.” The code shows two ways to "
        "compute the gap.",
        "The training loss is above the validation loss",
        "net.train()\ntrain_loss = loss(net(x_train), y_train)\nnet.eval()\nval_loss = loss(net(x_val), y_val)\n"
        "gap = train_loss - val_loss",
        "net.eval()\ntrain_loss = loss(net(x_train), y_train)\nval_loss = loss(net(x_val), y_val)\n"
        "gap = train_loss - val_loss",
        "With masks on, the training loss describes thinned networks, but the validation loss describes the whole "
        "network. In evaluation mode, both losses describe the whole network. Only then does the gap measure "
        "overfitting.",
        "At p = {rate}, the gap is {bug:.2f} with masks on and {right:.2f} in evaluation mode",
        RULE,
        "values = [gap.item()]",
        "training loss − validation loss",
        rate=0.5,
    ),
    Misconception(
        "variance",
        "Scaling preserves the variance",
        "The activations of a network are logged after dropout. Before dropout, they have mean 1 and standard "
        "deviation 1.",
        "The logged standard deviation rises with p",
        "drop.train()\nh = drop(a)\nlog(h.mean(), h.std())",
        "drop.eval()\nh = drop(a)\nlog(h.mean(), h.std())",
        "Scaling preserves only the mean. The masks add variance: a² p / (1 − p) for a unit with activation a. "
        "Statistics collected in training do not describe the network at inference.",
        "At p = {rate}, the standard deviation is {bug:.2f} in training and {right:.2f} at inference",
        "a = 1 + torch.randn(20_000)\ndrop, values = nn.Dropout(p), []\n\n\n"
        "def log(mean, deviation):\n    values.append(deviation)",
        "",
        "standard deviation of the activations",
    ),
    Misconception(
        "one-mask",
        "One mask per batch is enough",
        "“One mask per batch is as good as one per example.” h has one row per example and one column per unit.",
        "Each unit is kept either for all 32 examples of a batch or for none",
        "mask = torch.rand(h.shape[1]) >= p\nh = h * mask / (1 - p)",
        MASK,
        "This mask is broadcast over all rows, so every example trains the same subnetwork, and the noise does not "
        "average out over the batch. Sharing a mask can be deliberate: variational dropout in recurrent networks "
        "uses one mask for all time steps of a sequence (Gal & Ghahramani 2016).",
        "At p = {rate}, separate masks keep each unit for {right_low:.0f} to {right_high:.0f} % of the examples",
        "h = torch.ones(32, 20)",
        "values = 100 * (h > 0).float().mean(0)",
        "examples that keep a unit, %",
    ),
    Misconception(
        "exactly-k",
        "Exactly the fraction p is dropped",
        "“Rate p means that the fraction p of the units is dropped.” Here, a layer of 10 units is run 20 times.",
        "Every pass keeps the same number of units",
        "k = round((1 - p) * h.shape[1])\nkept = torch.rand_like(h).topk(k).indices\n"
        "mask = torch.zeros_like(h).scatter(1, kept, 1)\nh = h * mask / (1 - p)",
        MASK,
        "Dropout decides for each unit independently, so the number of kept units is binomial. If exactly k units "
        "are kept, the units are negatively correlated, and fewer subnetworks are possible. The mean is preserved "
        "only if (1 − p) n is a whole number: with 10 units and p = 0.95, the mean doubles.",
        "At p = {rate}, dropout keeps {right_low:.0f} to {right_high:.0f} of 10 units, not always {bug:.0f}",
        "h = torch.ones(20, 10)",
        "values = (h > 0).sum(1)",
        "units kept, of 10",
    ),
    Misconception(
        "always",
        "Dropout always helps",
        "A linear model with 10 inputs. Should it use dropout at p = 0.5?",
        "Beyond 80 training examples, the error hardly falls",
        "def choose(val_error):\n    return 0.5",
        "def choose(val_error):  # {rate: error}\n    return min(val_error, key=val_error.get)",
        "Dropout reduces overfitting, but makes the fit to the training data worse. It helps when examples are "
        "scarce. With enough examples, the model no longer overfits, so dropout only worsens the fit. Let the "
        "validation error decide.",
        "With 400 examples, the error is {bug:.1f} with dropout and {right:.1f} at the rate chosen by validation",
        FIT,
        COMPARE,
        "squared error on new examples",
        rate=0.5,
        steps="training examples",
        step=20,
    ),
)
