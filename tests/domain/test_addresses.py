"""Addresses of e-mail: what is taken for one, and that the API's description says the same."""

from typing import Annotated

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import StringConstraints, TypeAdapter, ValidationError

from little_bell.actions.forms import EMAIL
from little_bell.domain.addresses import is_address

DESCRIBED = TypeAdapter(Annotated[str, StringConstraints(pattern=EMAIL)])
#: What addresses are made of, and what comes close to it: marks, letters of other scripts, spaces and characters nobody sees.
PIECES = st.sampled_from([*'ab1@@._- "(),:;<>[\\]\x00\n\x7füßअ²Ⅷ\u0301\u0302\u200b\u00a0\u2028\U0001f600', "x" * 63, "example.com"])


@pytest.mark.parametrize("address", ["ann@example.com", "o'neil+news@mail.example.co.uk", "jörg@müller.example", "अन्ना@उदाहरण.भारत", "a@b"])
def test_these_are_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "@example.com",
        "ann@",
        "ann@example..com",
        "ann@example.com.",
        "a b@example.com",
        "ann@example.com\n",
        "ä\u200b@b.c",
        "ä b@c.d",
    ],
)
def test_these_are_none(text: str) -> None:
    assert not is_address(text)


@given(st.lists(PIECES, max_size=8).map("".join))
@example("x" * 64 + "@b.c")
@example("x" * 65 + "@b.c")
@example("ü" * 65 + "@b.c")
def test_the_description_of_the_api_takes_the_same(text: str) -> None:
    try:
        is_described = DESCRIBED.validate_python(text) == text
    except ValidationError:
        is_described = False
    assert is_address(text) == is_described
