"""Tests of the caption of the training page's large chart."""

import pytest

from dropout_core.experiments.recipe import Recipe
from dropout_core.reference import records
from dropout_core.topics.training import charts_comparison_data as data
from dropout_core.topics.training.picture_view import legend
from dropout_core.topics.training.shown import Shown

ARTICLE = Shown(Recipe(), None, None, records.load("article").trials["article"], None, False)


@pytest.mark.parametrize("measure", data.MEASURES)
def test_the_caption_names_diamonds_where_they_are_drawn(measure):
    assert ("diamonds: the article’s values" in legend(ARTICLE, measure)) == (len(data.article_rows(measure)) > 0)


def test_the_caption_says_why_diamonds_of_the_training_loss_stand_between_epochs():
    assert "(means over an epoch, drawn at its middle)" in legend(ARTICLE, "training")
    assert "middle" not in legend(ARTICLE, "accuracy")
