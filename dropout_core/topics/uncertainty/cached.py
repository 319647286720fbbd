"""What the Uncertainty page shows, worked out once for all readers: passes over images, charts, the study."""

import numpy as np
import streamlit as st

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty import charts_passes as pictures
from dropout_core.topics.uncertainty import charts_study as study_pictures
from dropout_core.topics.uncertainty import findings, study
from dropout_core.topics.uncertainty.distortions import DISTORTIONS, distort
from dropout_core.topics.uncertainty.entropy import Seen, decompose, entropy, look
from dropout_core.ui import server
from dropout_core.ui.layout import cached_output, draw, extract_datasets, small, two_columns

DATA = "mnist-5k"  # what the net that comes with the package was validated on
FIFTHS = [0, 0.2, 0.4, 0.6, 0.8, 1]


def images() -> np.ndarray:
    return server.validation(DATA).images


def labels() -> np.ndarray:
    return server.validation(DATA).labels


@st.cache_resource(max_entries=64, show_spinner=False)
def course(image: int, kind: str, rate: float) -> Seen:
    """What the net makes of one image at every amount of one distortion, with masks of this rate."""
    shown = [distort(images()[image][None], kind, amount)[0] for amount in DISTORTIONS[kind].amounts]
    return look(load_net(DROPOUT).net, np.stack(shown), rate)


@st.cache_resource(max_entries=64, show_spinner=False)
def charts(image: int, kind: str, rate: float, start: float) -> tuple[dict, dict]:
    way, seen = DISTORTIONS[kind], course(image, kind, rate)
    found = decompose(seen.on)
    picture = pictures.picture(seen.images, seen.on, seen.off, way.amounts, start, way.slider)
    measures = found.total, found.between, entropy(seen.off)
    return extract_datasets(picture), pictures.curves(way.amounts, *measures, start, way.slider, way.label)


@st.cache_resource(max_entries=1, show_spinner=False)
def study_charts() -> dict[str, dict]:
    s, _ = study.load()
    entropies = dict(zip(pictures.CURVES, (s.total, s.between, s.off), strict=True))
    shares = dict(zip(study_pictures.ARMS, (s.right, s.off_right), strict=True))
    warned = [(w and w.first, w and w.second) for w in s.warnings]
    areas = dict(zip(study_pictures.ARMS, zip(*warned, strict=True), strict=True))
    return {
        "entropy": study_pictures.by_angle(s.angles, entropies, "bits, mean over the images", 3),
        "right": study_pictures.by_angle(s.angles, shares, "share of right answers", 1.2, format=".0%", values=FIFTHS),
        "area": study_pictures.by_angle(s.angles, areas, "area under the ROC curve", 1.2, values=FIFTHS),
        "difference": study_pictures.differences(
            s.angles, [w and w.difference for w in s.warnings], "area: masks on − masks off"
        ),
    }


@cached_output
def many_images() -> None:
    s, made = study.load()
    parts = study_charts()
    st.header("Is it a warning?")
    st.markdown(
        f"One image proves nothing. So all {s.images:,} validation images are turned to {len(s.angles)} angles, and "
        f"each goes through the net {s.passes} times with masks on (p = {s.rate:g}) and once with masks off."
    )
    mean_entropies(s, parts["entropy"])
    right_answers(s, parts["right"])
    errors_told(s, parts)
    small(
        "Bands and bars: 95 % intervals over the images (areas: from 1,000 resamples of the images); every image has "
        f"its own {s.passes} masks. Of {len(s.angles)} intervals, one or so misses its mark by chance. "
        "Upside down some digits are others: a 6 is a 9, and counts as wrong here. "
        f"Measured {made['ended'][:10]}, numpy {made['numpy']}; measure it again with "
        "`python -m dropout_core.topics.uncertainty.study`."
    )


def mean_entropies(s: study.Study, spec: dict) -> None:
    left, words = two_columns()
    with left:
        said = f"from {s.total[0].value:.2f} bits upright to {max(e.value for e in s.total):.2f} at most"
        draw(spec, "unc_mean", f"Mean entropies over the angle. Predictive entropy: {said}.")
    with words:
        st.markdown(f"**Does it grow with the angle?** {findings.grows(s.angles, s.total)}")
        rows = zip(pictures.CURVES, (s.total, s.between, s.off), strict=True)
        lines = [findings.growth(s.angles, row, name.capitalize()) for name, row in rows]
        st.markdown("\n".join(f"- {line}" for line in lines))


def right_answers(s: study.Study, spec: dict) -> None:
    left, words = two_columns()
    with left:
        ends = f"{100 * s.right[0].value:.1f} % and {100 * s.off_right[0].value:.1f} %"
        draw(spec, "unc_right", f"Share of right answers over the angle. Upright: {ends}, masks on and off.")
    with words:
        st.markdown(f"**Are {s.passes} passes more often right than one without masks?**")
        st.markdown(findings.accuracy(s.angles, s.gain))


def errors_told(s: study.Study, parts: dict[str, dict]) -> None:
    left, words = two_columns()
    with left:
        upright = s.warnings[0]
        ends = f"{upright.first.value:.3f} and {upright.second.value:.3f}" if upright else "not defined"
        draw(parts["area"], "unc_area", f"Area under the ROC curve over the angle. Upright: {ends}.")
        draw(parts["difference"], "unc_diff", "Differences of these areas with their intervals, and zero.")
    with words:
        st.markdown(
            "**Does high entropy tell wrong answers from right ones?** The area under the ROC curve (errors caught "
            "against false alarms, at every threshold) is the chance that a wrongly read image has more entropy than a "
            "rightly read one: ½ is a coin, 1 is perfect. Both entropies are tried on the same errors, those of the "
            "pass without masks."
        )
        st.markdown(findings.in_short(s.mixed, s.warnings))
        st.markdown(f"- Upright images: {findings.warning(s.warnings[0])}")
        st.markdown(f"- All angles in one heap: {findings.warning(s.mixed)}")
        st.markdown(findings.by_angle(s.angles, s.warnings))
        st.markdown(findings.heap(study.pairs(s)))
