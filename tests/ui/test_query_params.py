"""Test that tracking parameters in links are ignored, and that whole numbers have no decimal point."""

import pytest
from streamlit.testing.v1 import AppTest

TRACKING = ("utm_source", "utm_campaign", "fbclid", "gclid", "msclkid", "mc_eid", "_gl", "igshid", "ref_src")
TRACKING += ("srsltid", "_branch_match_id", "gclsrc", "epik", "vero_id", "rdt_cid", "_openstat", "mibextid", "s")
TRACKING += ("pk_campaign", "mtm_source", "matomo_kwd", "piwik_keyword", "li_fat_id", "dclid", "ttclid", "yclid")


def page() -> None:
    import streamlit as st

    from dropout_core.ui.query_params import choice_param, number_param, show_param_notes, write_params

    amount = number_param("amount", 0.0, 0.0, 180.0)
    kind = choice_param("kind", 1.0, (1.0, 2.5))
    show_param_notes(("amount", "kind"))
    write_params({"amount": amount, "kind": kind}, {"amount": 0.0, "kind": 1.0})
    st.text(f"{amount} {kind}")


def opened(**params: str) -> AppTest:
    app = AppTest.from_function(page)
    for name, value in params.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize("name", TRACKING)
def test_tracking_parameters_are_ignored_without_a_note_and_leave_the_address(name):
    app = opened(amount="30", **{name: "x.y-1"})
    assert len(app.info) == 0
    assert dict(app.query_params) == {"amount": "30"}


def test_other_unknown_settings_are_still_named():
    assert "`pace`" in opened(pace="3", utm_source="x").info[0].value


@pytest.mark.parametrize(("amount", "written"), [("120", "120"), ("120.0", "120"), ("0.3", "0.3"), ("1e-05", "1e-05")])
def test_a_number_keeps_the_form_in_which_readers_type_it(amount, written):
    assert dict(opened(amount=amount).query_params) == {"amount": written}


@pytest.mark.parametrize("kind", ["2.5", "1", "1.0"])
def test_a_choice_may_be_named_in_either_form(kind):
    app = opened(kind=kind)
    assert len(app.info) == 0
    assert app.text[0].value == f"0.0 {float(kind)}"
