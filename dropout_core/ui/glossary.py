"""Half a sentence on each term that readers may not know, shown on hover where the term first stands on a page."""

TERMS = {
    "mask": "which neurons one forward pass keeps (1) and which it drops (0)",
    "ReLU": "max(0, x): keeps positive sums, and sets all others to 0",
    "softmax": "turns the outputs into probabilities that add up to 1",
    "seed": "the number that fixes all random choices of a run: initial weights, order of the images, masks",
    "95 % interval": "a range that contains the true value in 95 of 100 repetitions of a study",
    "detectable": "the smallest difference that this number of seeds detects with a probability of 80 %",
    "equivalent": "the whole 95 % interval lies within a margin fixed in advance, so any difference is negligible",
    "inconclusive": "the interval includes zero, or an end of the margin if the claim is that there is no difference",
    "nats": "the unit of the loss, the mean of −ln(probability of the right answer)",
    "evaluation mode": "the net runs as at inference: nothing is dropped, nothing is random",
    "confidence": "the probability that a net assigns to its own answer",
    "bits": "the unit of entropy: 0 if an answer is certain, 1 for a choice between two equally likely answers",
    "mutual information": "how much the passes disagree: the part of the entropy that comes from the masks",
    "Holm": "a correction that keeps the chance of even one false difference among all comparisons at 5 %",
}


def explain(*terms: str) -> str:
    """Return the explanations of the terms as Markdown, for the `help` of an element. Raises KeyError if unknown."""
    return "\n\n".join(f"**{term[0].upper()}{term[1:]}:** {TERMS[term]}." for term in terms)
