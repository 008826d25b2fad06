"""What a browser sends is checked before it is used."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.errors import Invalid, NotFound
from little_bell.ui import checked


@pytest.mark.parametrize("value", [1, "1", 2**63 - 1, str(2**63 - 1)])
def test_an_id_is_a_positive_64_bit_number(value: Any) -> None:
    assert checked.identifier(value, "campaign") == int(value)


@pytest.mark.parametrize("value", [0, -1, 2**63, "", " 1", "1.0", "٣", "1e3", True, None, 1.0, [], {}, "9" * 30])
def test_what_can_be_no_id_is_not_found(value: Any) -> None:
    with pytest.raises(NotFound, match="there is no such campaign"):
        checked.identifier(value, "campaign")


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.lists(st.text()), st.dictionaries(st.text(), st.text())))
def test_text_is_text(value: Any) -> None:
    with pytest.raises(Invalid):
        checked.text(value, "search", 10)


@pytest.mark.parametrize("value", ["x" * 11, "a\0b"])
def test_text_is_bounded_and_without_nul(value: str) -> None:
    with pytest.raises(Invalid):
        checked.text(value, "search", 10)


@pytest.mark.parametrize("value", ["2y", None, 7, ["7d"]])
def test_a_choice_is_one_of_those_given(value: Any) -> None:
    with pytest.raises(Invalid):
        checked.one_of(value, "period", {"7d": "7 days"})


def test_a_form_gives_its_fields_as_text() -> None:
    form = {"name": " Spring ", "read": True, "write": False, "other": object()}
    assert checked.form(form, "name", "read", "write", "subject") == {"name": "Spring", "read": "on", "write": "", "subject": ""}


@pytest.mark.parametrize("form", [None, "name=x", {"name": 5}, {"name": ["x"]}])
def test_what_is_no_form_is_refused(form: Any) -> None:
    with pytest.raises(Invalid):
        checked.form(form, "name")
