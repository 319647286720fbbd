"""The article's thirteen claims, each with its text, how it was tested, and the function that judges it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from dropout_core.experiments.catalogue import TIMING_MARGIN
from dropout_core.numerics.verdicts import Finding
from dropout_core.reference.records import recorded
from dropout_core.topics.ensemble.findings import like_an_ensemble
from dropout_core.topics.masks.findings import never_twice
from dropout_core.topics.neurons.findings import work_is_spread
from dropout_core.topics.rates.claims import LEVEL, conv_rates, slower, wider_wants_more
from dropout_core.topics.regularisers.findings import early_stopping, l2_and_dropout
from dropout_core.topics.scaling.findings import mean_kept, scaling_matches
from dropout_core.topics.training.claims import free_of_charge, generalises, less_overfitting


@dataclass(frozen=True)
class Claim:
    """A claim made by the article.

    how       description of the measurement
    page      page on which the claim can be examined
    find      function that returns the finding
    records   reference experiments on which the finding is based
    expected  sign of the first comparison's difference that favours the claim; 0 if neither sign does
    """

    id: str
    text: str
    how: str
    page: str
    find: Callable[[], Finding]
    records: tuple[str, ...] = ()
    expected: int = 0

    @property
    def available(self) -> tuple[str, ...]:
        """The names of those records that exist."""
        existing = recorded()
        return tuple(name for name in self.records if name in existing)


CLAIMS = (
    Claim(
        "C1",
        "Inverted dropout keeps the expected activation.",
        "Every mask of ten units, and 20,000 seeded passes, at all rates.",
        "scaling",
        mean_kept,
    ),
    Claim(
        "C2",
        "Scaling the weights by 1 − p at inference gives the average over training's masks.",
        "All subnetworks of small random nets, against the one scaled pass.",
        "scaling",
        scaling_matches,
    ),
    Claim(
        "C3",
        "Every forward pass uses a different subnetwork.",
        "Exact probabilities that two passes share a mask.",
        "masks",
        never_twice,
    ),
    Claim(
        "C4",
        "A higher rate means slower learning.",
        f"Epochs to {LEVEL:g} % of the validation images at nine rates, against no dropout.",
        "rates",
        slower,
        ("rates",),
        expected=1,
    ),
    Claim(
        "C5",
        "With dropout, a net overfits less.",
        "The gap from training to validation loss, both in evaluation mode. If the validation loss gets worse, a "
        "narrower gap does not count.",
        "training",
        less_overfitting,
        ("article", "long", "drawn"),
        expected=-1,
    ),
    Claim(
        "C6",
        "The net with dropout ends up generalising better.",
        "Validation accuracy and loss, in the article's comparison, continued to 40 epochs, and with fewer images, "
        "which are drawn anew for each seed.",
        "training",
        generalises,
        ("article", "long", "drawn", "sizes"),
        expected=1,
    ),
    Claim(
        "C7",
        "Training takes hardly longer with dropout.",
        f"CPU time of paired runs of the article's loop; hardly longer means within {TIMING_MARGIN:.0%}.",
        "training",
        free_of_charge,
        expected=-1,
    ),
    Claim(
        "C8",
        "The more complex the net, the higher its best rate.",
        "The trend of the best rate over the widths, with resampled seeds.",
        "rates",
        wider_wants_more,
        ("widths",),
        expected=1,
    ),
    Claim(
        "C9",
        "Rates of 0.2 to 0.3 suit convolutional layers, 0.5 fully connected ones.",
        "Six pairs of rates in a small convolutional net, fixed in advance.",
        "rates",
        conv_rates,
        ("conv-pairs", "conv"),
        expected=1,
    ),
    Claim(
        "C10",
        "Dropout with L2 beats either alone.",
        "Three strengths of L2, with dropout and without; half of the seeds choose the strength, the others decide.",
        "regularisers",
        l2_and_dropout,
        ("decay", "regularisers"),
        expected=1,
    ),
    Claim(
        "C11",
        "Early stopping saves time, and stops before overfitting.",
        "Patience of three epochs against all forty, judged on images that chose no epoch.",
        "regularisers",
        early_stopping,
        expected=1,
    ),
    Claim(
        "C12",
        "A net with dropout behaves like an ensemble of its subnetworks.",
        "The average of 200 sampled subnetworks against the one scaled pass, for ten trained nets.",
        "ensemble",
        like_an_ensemble,
    ),
    Claim(
        "C13",
        "Dropout spreads the work: less rests on any single neuron.",
        "Every hidden neuron removed in turn; what the worst one costs.",
        "neurons",
        work_is_spread,
        expected=-1,
    ),
)


@lru_cache(maxsize=32)
def finding(claim_id: str) -> Finding:
    """Return the finding on a claim. Raises KeyError for an unknown id, and RecordError if a record is unreadable."""
    return {claim.id: claim for claim in CLAIMS}[claim_id].find()
