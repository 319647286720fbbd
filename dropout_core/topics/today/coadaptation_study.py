"""Measures correlations and pair costs of ten nets of each kind, trained by the recipe of the package's nets.

`python -m dropout_core.topics.today.coadaptation_study` trains the nets on the engine, and writes the file that
coadaptation_record.py reads.
"""

import json

import numpy as np

from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Validation, load_validation
from dropout_core.engine.trained_nets import nets, open_engine, trained
from dropout_core.numerics.inference import activations, pixels
from dropout_core.numerics.network import SmallNetwork
from dropout_core.topics.today.coadaptation import PairCosts, alive, draw_pairs, mean_correlation, pair_costs
from dropout_core.topics.today.coadaptation_record import FILE, IMAGES, PAIRS, RECIPE, SHOWN


def measure_net(net: SmallNetwork, digits: Validation, seed: int) -> tuple[list[dict[str, float]], list[PairCosts]]:
    """Return each hidden layer's measures, and the costs of its pairs, which are drawn from the seed."""
    x, labels = pixels(digits.images[:IMAGES]), digits.labels[:IMAGES]
    measures, costs = [], []
    for layer, h in enumerate(activations(net, x)[:-1]):
        units = alive(h)
        costs.append(pair_costs(net, layer, x, labels, draw_pairs(units, PAIRS, seed)))
        row = {"correlation": mean_correlation(h), "departure": costs[-1].departure}
        row |= {
            "size": float(np.abs(costs[-1].sum).mean()),
            "interaction": float(np.mean(costs[-1].both - costs[-1].sum)),
        }
        measures.append({"units": len(units)} | {name: round(value, 7) for name, value in row.items()})
    return measures, costs


def main() -> None:
    """Train the nets missing from the store, measure all nets, and write the file."""
    settings = Settings.from_env()
    digits = load_validation(RECIPE.data, settings)
    runs, shown = [], {}
    with open_engine(settings) as (engine, store):
        comparison = trained(RECIPE, engine, store)
        for (arm, seed), net in nets(RECIPE, store).items():
            layers, costs = measure_net(net, digits, seed)
            runs.append({"arm": arm, "seed": seed, "layers": layers})
            if seed == RECIPE.seeds[0]:
                pairs = zip(costs[-1].sum[:SHOWN], costs[-1].both[:SHOWN], strict=True)
                shown[arm] = [[round(float(value), 7) for value in pair] for pair in pairs]
            print(runs[-1])
    about = {"recipe": json.loads(RECIPE.to_json()), "provenance": comparison.provenance, "ended": comparison.ended}
    about |= {"images": IMAGES, "pairs": PAIRS, "runs": runs, "shown": shown}
    write_whole(FILE, json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
