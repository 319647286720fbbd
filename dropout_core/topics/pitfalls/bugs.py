"""Bugs in code that uses dropout. The class Pitfall documents the fields."""

from dropout_core.topics.pitfalls.pitfall import Pitfall

LAYERS = "net = nn.Module()\nnet.first, net.last = nn.Linear(8, 64), nn.Linear(64, 1)\nx = torch.randn(8)"
PASSES = "net.eval()\nvalues = [forward(net, x).item() for _ in range(20)]"
COPIES = """x = torch.randn(5_000, 8)
first, last = (layer for layer in net if isinstance(layer, nn.Linear))
with torch.no_grad():  # 8 hidden units per sign of each input add up to the exact rule
    first.weight.copy_(torch.cat([torch.eye(8).repeat(8, 1), -torch.eye(8).repeat(8, 1)]))
    last.weight.copy_(torch.cat([torch.ones(1, 64), -torch.ones(1, 64)], 1))
    first.bias.zero_(), last.bias.zero_()
answers, labels = net(x) > 0, x.sum(1, keepdim=True) > 0
values = [100 * (answers == labels).float().mean()]"""
NORMALISED = """norm = next(layer for layer in net if isinstance(layer, nn.BatchNorm1d))
norm.momentum = None  # remember the mean over all batches
x = torch.randn(2_000, 8)
for _ in range(20):
    net(x)
net.eval()
values = [net[: list(net).index(norm) + 1](x).std(0).mean().item()]"""

BUGS = (
    Pitfall(
        "keep",
        "Keep or drop?",
        "A paper gives the probability of keeping a unit. Its dropout layer is reimplemented in PyTorch.",
        "The higher the rate p, the more units are kept",
        "keep = 1 - p  # the number in the paper\nh = F.dropout(h, p=keep)",
        "keep = 1 - p  # the number in the paper\nh = F.dropout(h, p=1 - keep)",
        "Srivastava et al. (2014) and TensorFlow 1 specify the probability of *keeping* a unit. PyTorch, Keras and "
        "this app specify the probability of *dropping* it. At p = 0.5, the two probabilities are equal, so the bug "
        "goes unnoticed.",
        "At p = {rate}, the bug keeps {bug:.0f} % of the units instead of {right:.0f} %",
        "h = torch.ones(20, 1_000)",
        "values = 100 * (h > 0).float().mean(1)",
        "units kept, %",
    ),
    Pitfall(
        "functional",
        "F.dropout after eval()",
        "A network’s forward pass, used in training and, after `net.eval()`, for prediction.",
        "After net.eval(), 20 passes of one input give different scores",
        "def forward(self, x):\n    h = F.relu(self.first(x))\n    h = F.dropout(h, p)\n    return self.last(h)",
        "def forward(self, x):\n    h = F.relu(self.first(x))\n    h = F.dropout(h, p, self.training)\n"
        "    return self.last(h)",
        "`net.eval()` sets `net.training` to False, but a function cannot see the module that calls it. Unless told "
        "otherwise, `F.dropout` assumes `training=True`. An `nn.Dropout` layer would have switched itself off.",
        "At p = {rate}, the bug’s scores range from {low:.2f} to {high:.2f}; the correct score is {right:.2f}",
        LAYERS,
        PASSES,
        "score of one input",
    ),
    Pitfall(
        "no-grad",
        "no_grad is not eval",
        "A network with a dropout layer has just been trained, and now makes predictions.",
        "Asked twice, the network changes its mind",
        "def predict(net, x):\n    with torch.no_grad():\n        return net(x)",
        "def predict(net, x):\n    net.eval()\n    with torch.no_grad():\n        return net(x)",
        "`torch.no_grad()` only stops PyTorch from recording operations for gradients, which saves time and memory. "
        "`net.eval()` switches dropout off. Predictions need both.",
        "At p = {rate}, {bug:.0f} % of the predicted classes change from one pass to the next; with the correct "
        "code, none do",
        "net = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Dropout(p), nn.Linear(64, 3))\nx = torch.randn(2_000, 8)",
        "first, second = (predict(net, x).argmax(1) for _ in range(2))\n"
        "values = [100 * (first != second).float().mean()]",
        "predicted classes that change, %",
    ),
    Pitfall(
        "scaling",
        "Scaled twice",
        "A hand-written dropout function. Its mean output should be the same in training and at inference.",
        "At inference, the output is too small",
        "def dropout(a, training):\n    if not training:\n        return a * (1 - p)\n"
        "    mask = torch.rand_like(a) >= p\n    return a * mask / (1 - p)",
        "def dropout(a, training):\n    if not training:\n        return a\n"
        "    mask = torch.rand_like(a) >= p\n    return a * mask / (1 - p)",
        "Dividing by 1 − p in training and multiplying by 1 − p at inference serve the same purpose. Doing both "
        "shrinks the output of every layer; doing neither makes it too large at inference by a factor of 1 / (1 − p). "
        "ConvNetJS multiplies by p at inference, which is right only at p = 0.5 (its pull request 61 has been open "
        "since 2016).",
        "At p = {rate}, the output at inference is {bug:.2f} times its mean in training",
        "a = torch.ones(20_000)",
        "values = [dropout(a, False).mean() / dropout(a, True).mean()]",
        "output at inference ÷ mean in training",
    ),
    Pitfall(
        "order",
        "Before the sigmoid",
        "A layer with a sigmoid. Every weighted sum z is 2.",
        "The mean activation in training falls as p rises",
        "z = F.dropout(z, p, training)\nh = torch.sigmoid(z)",
        "h = torch.sigmoid(z)\nh = F.dropout(h, p, training)",
        "A sigmoid turns the 0 of a dropped unit into 0.5, so the unit is not switched off, and the mean is wrong. "
        "ReLU maps 0 to 0 and commutes with positive factors, so the order does not matter unless a bias is added in "
        "between.",
        "At p = {rate}, the mean activation is {bug:.2f} instead of {right:.2f}",
        "z = torch.full((20_000,), 2.0)\ntraining = True",
        "values = [h.mean()]",
        "mean activation in training",
    ),
    Pitfall(
        "placement",
        "Before batch normalisation",
        "Batch normalisation should give its units a standard deviation of 1, both in training and at inference.",
        "At inference, the normalised units vary too little",
        "net = nn.Sequential(\n    nn.Linear(8, 16),\n    nn.ReLU(),\n    nn.Dropout(p),\n"
        "    nn.BatchNorm1d(16),\n    nn.Linear(16, 3),\n)",
        "net = nn.Sequential(\n    nn.Linear(8, 16),\n    nn.BatchNorm1d(16),\n    nn.ReLU(),\n"
        "    nn.Dropout(p),\n    nn.Linear(16, 3),\n)",
        "Batch normalisation divides by the standard deviation measured in training. After a dropout layer, this "
        "standard deviation includes the noise of the masks, which is absent at inference (“variance shift”, Li et "
        "al. 2019).",
        "At p = {rate}, the standard deviation at inference is {bug:.2f} instead of {right:.2f}",
        "",
        NORMALISED,
        "standard deviation at inference",
    ),
    Pitfall(
        "output",
        "On the output layer",
        "A classifier with three output scores is being trained.",
        "In training, some scores are exactly 0",
        "net = nn.Sequential(\n    nn.Linear(8, 16),\n    nn.ReLU(),\n    nn.Linear(16, 3),\n    nn.Dropout(p),\n)",
        "net = nn.Sequential(\n    nn.Linear(8, 16),\n    nn.ReLU(),\n    nn.Dropout(p),\n    nn.Linear(16, 3),\n)",
        "Dropout on the output erases the scores themselves. No matter what the network learns, the loss stays "
        "large. Dropout belongs on hidden units, because other hidden units can stand in for a dropped unit.",
        "At p = {rate}, the bug erases {bug:.0f} % of the scores",
        "x = torch.randn(5_000, 8)",
        "values = [100 * (net(x) == 0).float().mean()]",
        "scores equal to 0 in training, %",
    ),
    Pitfall(
        "inputs",
        "High rate on the inputs",
        "Two networks with the same weights. Both networks compute the exact sum of 8 inputs, with 16 hidden units "
        "per input. The label to predict is the sign of the sum.",
        "In training, accuracy falls quickly as p rises",
        "net = nn.Sequential(\n    nn.Dropout(p),\n    nn.Linear(8, 128),\n    nn.ReLU(),\n    nn.Linear(128, 1),\n)",
        "net = nn.Sequential(\n    nn.Linear(8, 128),\n    nn.ReLU(),\n    nn.Dropout(p),\n    nn.Linear(128, 1),\n)",
        "Hidden units are redundant: other units can stand in for a dropped unit. Nothing can stand in for a dropped "
        "input. On inputs, a rate of 0.2 or less is usual; on hidden units, 0.5.",
        "At p = {rate}, accuracy in training is {bug:.0f} % with dropout on the inputs, {right:.0f} % on hidden units",
        "",
        COPIES,
        "accuracy in training, %",
        rate=0.5,
    ),
    Pitfall(
        "train",
        "train() forgotten",
        "A network with dropout at p = 0.5 is validated after every epoch.",
        "After the first epoch, no unit is dropped",
        "net.train()\nfor epoch in range(10):\n    train(net)\n    net.eval()\n    validate(net)",
        "for epoch in range(10):\n    net.train()\n    train(net)\n    net.eval()\n    validate(net)",
        "`net.eval()` lasts until the next `net.train()`. With the bug, dropout is active only in the first epoch; all "
        "later epochs train without it. Call `net.train()` at the start of every epoch.",
        "In the last epoch, the bug drops {bug:.0f} % of the units instead of {right:.0f} %",
        "net, values = nn.Dropout(p), []\n\n\ndef train(net):  # and then a step of the optimizer\n"
        "    values.append(100 * (net(torch.ones(1_000)) == 0).float().mean())\n\n\n"
        "def validate(net):\n    net(torch.ones(1_000))",
        "",
        "units dropped in training, %",
        rate=0.5,
        steps="epoch",
    ),
    Pitfall(
        "attention",
        "Attention after eval()",
        "An attention layer, used for predictions after `net.eval()`.",
        "After net.eval(), 20 passes of one input give different outputs",
        "def forward(self, q, k, v):\n    return F.scaled_dot_product_attention(\n        q, k, v, dropout_p=p)",
        "def forward(self, q, k, v):\n    rate = p if self.training else 0.0\n"
        "    return F.scaled_dot_product_attention(\n        q, k, v, dropout_p=rate)",
        "`scaled_dot_product_attention` drops attention weights with probability `dropout_p` whenever it is called. It "
        "has no `training` argument, and `net.eval()` does not affect it.",
        "At p = {rate}, the bug’s outputs range from {low:.2f} to {high:.2f}; the correct output is {right:.2f}",
        "net = nn.Module()\nq, k, v = torch.randn(3, 1, 16, 8)",
        "net.eval()\nvalues = [forward(net, q, k, v)[0, 0, 0].item() for _ in range(20)]",
        "one output",
    ),
    Pitfall(
        "lstm",
        "LSTM with one layer",
        "A recurrent layer with dropout on its outputs, in training.",
        "In training, all 20 passes give the same output at every rate",
        "lstm = nn.LSTM(8, 16, dropout=p)\n\ndef forward(x):\n    h, _ = lstm(x)\n    return h",
        "lstm, drop = nn.LSTM(8, 16), nn.Dropout(p)\n\ndef forward(x):\n    h, _ = lstm(x)\n    return drop(h)",
        "`nn.LSTM` applies dropout between its layers, never after the last one. With a single layer, the argument "
        "has no effect. PyTorch warns once, when the layer is created.",
        "At p = {rate}, the bug’s outputs do not vary; the correct ones range from {right_low:.2f} to {right_high:.2f}",
        "x = torch.randn(5, 1, 8)  # five time steps",
        "values = [forward(x)[-1].mean().item() for _ in range(20)]",
        "mean output at the last time step",
    ),
    Pitfall(
        "mc",
        "MC dropout activates batch norm",
        "Dropout is switched on again to sample predictions at p = 0.2. The inputs differ from the training data.",
        "Sampling changes the network’s later predictions",
        "def sample(net, x):\n    net.train()\n    return net(x)",
        "def sample(net, x):\n    net.eval()\n    for layer in net:\n        if isinstance(layer, nn.Dropout):\n"
        "            layer.train()\n    return net(x)",
        "`net.train()` also switches batch normalisation to training mode, in which it uses the statistics of the "
        "current batch and updates its stored statistics. Switch only the dropout layers to training mode.",
        "After 50 passes, the bug has changed the score in evaluation mode from {right:.2f} to {bug:.2f}",
        "net = nn.Sequential(\n    nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(p), nn.Linear(16, 1))\n"
        "for _ in range(100):\n    net(torch.randn(100, 8))  # the training data\n"
        "x = 3 + torch.randn(32, 8)",
        "values = []\nfor _ in range(50):\n    sample(net, x)\n    values.append(net.eval()(x)[0].item())",
        "score of one input, evaluation mode",
        steps="passes sampled so far",
    ),
    Pitfall(
        "anew",
        "A new layer in every pass",
        "A network’s forward pass. After `net.eval()` it should not drop anything.",
        "After net.eval(), 20 passes of one input give different scores",
        "def forward(self, x):\n    h = F.relu(self.first(x))\n    h = nn.Dropout(p)(h)\n    return self.last(h)",
        "# in __init__: self.drop = nn.Dropout(p)\ndef forward(self, x):\n    h = F.relu(self.first(x))\n"
        "    h = self.drop(h)\n    return self.last(h)",
        "Every new module starts in training mode. `net.eval()` reaches only the modules that the network already has, "
        "so create the dropout layer in `__init__`.",
        "At p = {rate}, the bug’s scores range from {low:.2f} to {high:.2f}; the correct score is {right:.2f}",
        LAYERS + "\nnet.drop = nn.Dropout(p)",
        PASSES,
        "score of one input",
    ),
)
