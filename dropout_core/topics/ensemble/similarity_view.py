"""Shows how similar two ensemble members are: two trees of a forest, and two subnetworks of one net."""

from dropout_core.data.mnist import VALIDATION
from dropout_core.reference import nets
from dropout_core.topics.ensemble import cached, findings
from dropout_core.topics.ensemble.study import DRAWS
from dropout_core.ui.layout import cached_output, draw, small


@cached_output
def show(k: int) -> None:
    """Chart the similarities. `k` is the number of members that is chosen initially in the charts of averages."""
    trained = nets.load("dropout")
    _, similarity = cached.forest_charts(k)
    different = {k: findings.similarity(k, "disagreement").value for k in findings.MEMBERS}
    small(
        f"Two trees give different answers on {100 * different['trees']:.0f} % of the images, and two subnetworks on "
        f"{100 * different['subnetworks']:.0f} %. The correlation is that between the errors of two members across "
        f"the images, averaged over pairs. The intervals are over the images. We grew {DRAWS['trees']} forests on raw "
        "pixels with scikit-learn’s default settings. All results are for one net that comes with the app (p = "
        f"{trained.rate:g}, trained on {trained.recipe.images:,} images), and for {VALIDATION[trained.recipe.data]:,} "
        "validation images. Results may differ for other nets and other training images."
    )
    draw(similarity, "ens_alike", f"Similarity of two members. {in_words()}.")


def in_words() -> str:
    """Write the similarities shown in the chart as text."""
    values = {(m, k): findings.similarity(k, m).value for m in findings.SIMILARITY for k in findings.MEMBERS}
    return "; ".join(f"{findings.SIMILARITY[m]}, {findings.MEMBERS[k]}: {v:.2f}" for (m, k), v in values.items())
