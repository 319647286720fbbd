"""Test that tables in Arrow's format are read as columns and as HTML."""

import pandas as pd
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

from dropout_core.static_site.tables import columns


def test_columns_keep_their_values_and_missing_ones_are_none():
    table = pd.DataFrame({"n": [1, 2], "share": [0.5, float("nan")], "name": pd.Categorical(["a", "b"])})
    assert columns(convert_anything_to_arrow_bytes(table)) == {"n": [1, 2], "share": [0.5, None], "name": ["a", "b"]}


def test_the_index_is_left_out():
    table = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["x", "y"], name="which"))
    assert columns(convert_anything_to_arrow_bytes(table)) == {"n": [1, 2]}
