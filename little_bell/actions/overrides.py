"""What somebody may say of an open or a click. It goes through the journal; the projector counts by it."""

from typing import Annotated

from pydantic import StringConstraints

from little_bell.actions.forms import LINE, Form
from little_bell.domain.overrides import Said

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=LINE)]


class SaidForm(Form):
    """Who caused the event, and what you want to remember of it."""

    verdict: Said
    note: Note = ""
