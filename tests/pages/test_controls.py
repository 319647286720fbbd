"""Test that the browser learns a control's value also from a run that only keeps it."""

import pytest

from tests.harness import open_page, own_server  # noqa: F401

pytestmark = pytest.mark.usefixtures("own_server")
OTHER = {  # links with other values than the lowest
    "training": {"rate": "0.3", "epochs": "7", "images": "2000", "seed": "4"},
    "rates": {"epochs": "9", "seeds": "7"},
    "scaling": {"seed": "5"},
    "ensemble": {"training": "3"},
    "masks": {},
    "uncertainty": {},
    "neurons": {},
    "papers": {"figure": "table-9"},
    "pitfalls": {"picks": "A"},
}


@pytest.mark.parametrize("name", OTHER)
def test_controls_have_their_value_as_default(name):
    """A run that overtakes the one that set the values would otherwise let the browser draw the lowest ones."""
    app = open_page(name, **OTHER[name]).run()
    assert [each.label for each in app.slider if list(each.proto.default) != [each.value]] == []
    assert [each.label for each in app.number_input if each.proto.default != each.value] == []
    for each in app.select_slider:
        (place,) = each.proto.default
        shown = each.options[int(place)]
        assert shown == each.value or float(shown.replace(",", "")) == each.value, each.label
    assert [each.label for each in app.text_input if each.proto.default != each.value] == []
    assert [each.label for each in app.selectbox if each.proto.default != each.index] == []
    assert [each.label for each in app.toggle if each.proto.default != each.value] == []
    groups = [each.proto for each in app.get("button_group") if each.proto.label != "Presets"]  # set in every run
    assert [group.label for group in groups if not group.default] == []
