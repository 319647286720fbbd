"""Cached computations of the Uncertainty page, shared by all sessions."""

import numpy as np
import streamlit as st
from jaxtyping import UInt8

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty import (
    calibration,
    charts_calibration,
    charts_disagreement,
    charts_passes,
    charts_study,
    disagreement,
    findings,
    nets_record,
)
from dropout_core.topics.uncertainty.distortions import DISTORTIONS, distort
from dropout_core.topics.uncertainty.entropy import Predictions, mc_dropout
from dropout_core.ui import drawing, server
from dropout_core.ui.layout import extract_datasets

DATA = "mnist-5k"  # the data set on which the package's net was validated
_FIFTHS = [0, 0.2, 0.4, 0.6, 0.8, 1]


def images() -> UInt8[np.ndarray, "n 28 28"]:
    return server.validation(DATA).images


def labels() -> UInt8[np.ndarray, "n"]:
    return server.validation(DATA).labels


@st.cache_resource(max_entries=64, show_spinner=False)
def predictions(image: int, kind: str, rate: float) -> Predictions:
    """Compute the net's predictions for one image at each level of one distortion, with dropout at this rate."""
    distorted = [distort(images()[image][None], kind, amount)[0] for amount in DISTORTIONS[kind].amounts]
    return mc_dropout(load_net(DROPOUT).net, np.stack(distorted), rate)


@st.cache_resource(max_entries=64, show_spinner=False)
def drawing_answers(sheet: UInt8[np.ndarray, "28 28"], rate: float) -> tuple[Predictions, dict]:
    """Compute the net's predictions for a drawing, and draw their cloud. Many readers look at the same samples.

    Raises EmptySheet if nothing has been drawn.
    """
    made = mc_dropout(load_net(DROPOUT).net, drawing.as_mnist(sheet)[None], rate)
    return made, extract_datasets(charts_passes.picture(made.images, made.on, made.off, (0.0,), 0.0, ""))


@st.cache_resource(max_entries=64, show_spinner=False)
def charts(image: int, kind: str, rate: float, start: float) -> tuple[dict, dict]:
    """Draw the cloud and the curves for predictions(image, kind, rate). `start` is the slider's initial value."""
    way, made = DISTORTIONS[kind], predictions(image, kind, rate)
    entropies = made.entropies
    picture = charts_passes.picture(made.images, made.on, made.off, way.amounts, start, way.slider)
    measures = entropies.total, entropies.between, made.off_entropies
    return extract_datasets(picture), charts_passes.curves(way.amounts, *measures, start, way.slider, way.label)


@st.cache_resource(max_entries=1, show_spinner=False)
def study_charts() -> dict[str, dict]:
    study, _ = findings.load()
    entropies = dict(zip(charts_passes.CURVES, (study.total, study.between, study.off), strict=True))
    shares = dict(zip(charts_study.ARMS, (study.right, study.off_right), strict=True))
    first = [None if w is None else w.first for w in study.warnings]
    second = [None if w is None else w.second for w in study.warnings]
    areas = dict(zip(charts_study.ARMS, (first, second), strict=True))
    differences = [None if w is None else w.difference for w in study.warnings]
    return {
        "entropy": charts_study.by_angle(study.angles, entropies, "bits, mean over the images", 3),
        "right": charts_study.by_angle(
            study.angles, shares, "share of correct answers", 1.2, format=".0%", values=_FIFTHS
        ),
        "area": charts_study.by_angle(study.angles, areas, "area under the ROC curve", 1.2, values=_FIFTHS),
        "difference": charts_study.differences(study.angles, differences, "area: masks on − masks off"),
    }


@st.cache_resource(max_entries=1, show_spinner=False)
def reliability_diagram() -> dict:
    packaged = nets_record.load_packaged()
    return charts_calibration.reliability({way: calibration.reliability(packaged, way) for way in nets_record.WAYS})


@st.cache_resource(max_entries=1, show_spinner=False)
def disagreement_chart() -> dict:
    sets = nets_record.load_sizes()
    points = {
        source: [(each.recipe.images, disagreement.disagreement(each, source)) for each in sets]
        for source in disagreement.SOURCES
    }
    return charts_disagreement.by_size(points)
