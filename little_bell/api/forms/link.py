"""The body of a request for signed links."""

from typing import Annotated

from pydantic import Field, model_validator

from little_bell.actions.forms import Form, Url

MOST_URLS = 1_000


class NewLinks(Form):
    """One destination, or several."""

    url: Url | None = None
    urls: Annotated[list[Url], Field(min_length=1, max_length=MOST_URLS)] | None = None

    @model_validator(mode="after")
    def _either(self) -> "NewLinks":
        if (self.url is None) == (self.urls is None):
            raise ValueError("name a url, or urls")
        return self
