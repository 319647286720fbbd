"""The article's thirteen claims, each with its text, how it was tested, and the function that judges it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from dropout_core.experiments.catalogue import CONV_PAIRS, DECAYS, EXPERIMENTS, SUBNETWORKS, TIMING_MARGIN
from dropout_core.numerics.verdicts import Finding, Verdict
from dropout_core.topics.ensemble.findings import like_an_ensemble
from dropout_core.topics.masks.findings import never_twice
from dropout_core.topics.neurons.findings import work_is_spread
from dropout_core.topics.rates.claims import LEVEL, conv_rates, slower, wider_wants_more
from dropout_core.topics.regularisers.findings import early_stopping, l2_and_dropout
from dropout_core.topics.scaling.findings import ENUMERATED, PASSES, mean_kept, scaling_matches
from dropout_core.topics.training.claims import free_of_charge, generalises, less_overfitting

# The same recipe, except for the seeds, as in topics/regularisers/stopping_study.py
STOPPING = next(trial.recipe for trial in EXPERIMENTS["regularisers"].trials if trial.recipe.patience)


@dataclass(frozen=True)
class Claim:
    """A claim made by the article.

    how       description of the measurement
    page      page on which the claim can be examined
    find      function that returns the finding
    records   reference experiments on which the finding is based
    studies   stems of the files of studies on which it is based
    basis     how it was checked if no training runs are compared, so that there is no interval in its row
    expected  sign of the first comparison's difference that favours the claim; 0 if neither sign does
    """

    id: str
    text: str
    how: str
    page: str
    find: Callable[[], Finding]
    records: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    basis: str = "exact, no interval"
    expected: int = 0

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of all reference experiments and studies on which the finding is based."""
        return (*self.records, *self.studies)


CLAIMS = (
    Claim(
        "C1",
        "Inverted dropout preserves the expected activation.",
        f"We check the mean over all masks of {ENUMERATED} units, and over {PASSES:,} seeded passes, at all rates.",
        "scaling",
        mean_kept,
        basis="exact and sampled",
    ),
    Claim(
        "C2",
        "Scaling the weights by 1 − p at inference gives the average over the masks used in training.",
        "We compare the average over all subnetworks of small random nets with the single scaled pass.",
        "scaling",
        scaling_matches,
    ),
    Claim(
        "C3",
        "Every forward pass uses a different subnetwork.",
        "We compute the exact probability that two passes share a mask.",
        "masks",
        never_twice,
    ),
    Claim(
        "C4",
        "A higher rate means slower learning.",
        f"We compare the number of epochs needed to reach {LEVEL:g} % validation accuracy at "
        f"{len(EXPERIMENTS['rates'].trials) - 1} rates and without dropout. "
        "The table leaves out rates at which some runs never reach it.",
        "rates",
        slower,
        ("rates",),
        expected=1,
    ),
    Claim(
        "C5",
        "With dropout, a net overfits less.",
        "We measure the gap between training and validation loss, both in evaluation mode. A narrower gap does not "
        "support the claim if the validation loss gets worse.",
        "training",
        less_overfitting,
        ("article-fresh", "long", "drawn"),
        expected=-1,
    ),
    Claim(
        "C6",
        "The net with dropout ends up generalising better.",
        "We compare validation accuracy and loss in the article's comparison, in the same comparison continued to "
        f"{EXPERIMENTS['long'].trials[0].recipe.epochs} epochs, and with fewer images (a new random sample for each "
        "seed).",
        "training",
        generalises,
        ("article-fresh", "long", "drawn", "sizes"),
        expected=1,
    ),
    Claim(
        "C7",
        "Training takes hardly any longer with dropout.",
        "We measure the CPU time of paired runs of the article's training loop; “hardly any longer” means by a "
        f"factor of less than {1 + TIMING_MARGIN:g}.",
        "training",
        free_of_charge,
        studies=("training_times",),
        expected=-1,
    ),
    Claim(
        "C8",
        "The more complex the net, the higher its best rate.",
        "We estimate the trend of the best rate across widths, and bootstrap it over the seeds.",
        "rates",
        wider_wants_more,
        ("widths",),
        expected=1,
    ),
    Claim(
        "C9",
        "Rates of 0.2 to 0.3 suit convolutional layers; 0.5 suits fully connected layers.",
        f"We compare {len(CONV_PAIRS)} pairs of rates, fixed in advance, in a small convolutional net.",
        "rates",
        conv_rates,
        ("conv-pairs",),
        expected=1,
    ),
    Claim(
        "C10",
        "Dropout combined with L2 beats either alone.",
        f"We train with {len(DECAYS)} strengths of L2, with and without dropout. Some seeds are used to choose the "
        "strength, on training images that these nets have not seen, and the other seeds to evaluate it.",
        "regularisers",
        l2_and_dropout,
        ("decay",),
        ("regularisers_decay",),
        expected=1,
    ),
    Claim(
        "C11",
        "Early stopping saves time and stops before overfitting.",
        f"We compare early stopping (patience: {STOPPING.patience} epochs) with training for all {STOPPING.epochs} "
        "epochs, on images not used to choose the epoch.",
        "regularisers",
        early_stopping,
        studies=("regularisers_stopping",),
        expected=1,
    ),
    Claim(
        "C12",
        "A net with dropout behaves like an ensemble of its subnetworks.",
        "We compare averages of sampled subnetworks with the single scaled pass, for "
        f"{len(SUBNETWORKS.trials[0].recipe.seeds)} trained nets.",
        "ensemble",
        like_an_ensemble,
        studies=("ensemble_nets", "ensemble_deep", "ensemble"),
    ),
    Claim(
        "C13",
        "Dropout spreads the work, so less depends on any single neuron.",
        "We remove each hidden neuron in turn, and compare the cost of removing the most important one.",
        "neurons",
        work_is_spread,
        studies=("neurons_ablation",),
        expected=-1,
    ),
)


@lru_cache(maxsize=32)
def finding(claim_id: str) -> Finding:
    """Return the finding on a claim. Raises KeyError for an unknown id, and RecordError if a record is unreadable."""
    return {claim.id: claim for claim in CLAIMS}[claim_id].find()


def tally() -> dict[Verdict, int]:
    """Count the claims with each verdict, in the order of Verdict. Raises RecordError if a record is unreadable."""
    verdicts = [finding(claim.id).verdict for claim in CLAIMS]
    return {verdict: verdicts.count(verdict) for verdict in Verdict if verdict in verdicts}
