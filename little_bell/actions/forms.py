"""What callers may hand in, checked field by field; unknown fields are refused, so that a typo isn't silently nothing."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from little_bell.domain.addresses import is_address
from little_bell.domain.errors import BellError, Invalid, Malformed, TooLarge
from little_bell.domain.links import why_refused
from little_bell.domain.tokens import is_token

MAX_ID = 2**63 - 1
MAX_METADATA = 8_192
MAX_BATCH = 10_000
LINE = r"^[^\p{Cc}]*$"  # no line ends: these texts go into mail headers
TAG = r'^[^\p{Cc}"\\]+$'
#: What is_address takes, as the API's description tells it: to check by it, Pydantic's expressions take 7 MB of every process.
EMAIL = r'^[^\p{C}\p{Z}"(),:;<>@\[\\\]]{1,64}@[\p{L}\p{M}\p{N}_-]+(\.[\p{L}\p{M}\p{N}_-]+)*$'


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(value))
    except TypeError as error:
        raise ValueError("holds a value that JSON can't carry between systems") from error
    if size > MAX_METADATA:
        raise ValueError(f"is {size} bytes of JSON; at most {MAX_METADATA} are kept")
    return value


def _token(value: str) -> str:
    if not is_token(value):
        raise ValueError("has to be 8 to 128 of A-Z a-z 0-9 . _ ~ - and must not end in .gif")
    return value


def _email(value: str) -> str:
    if not is_address(value):
        raise ValueError("has a form or characters that can't be accepted")
    return value


def _url(value: str) -> str:
    reason = why_refused(value)
    if reason:
        raise ValueError(f"can't be a link: {reason}")
    return value


def _utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is outside of the calendar") from None


Id = Annotated[int, Field(gt=0, le=MAX_ID)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)]
Line64 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=LINE)]
Line300 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=LINE)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, max_length=998, pattern=LINE)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=TAG)]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=320), AfterValidator(_email), Field(json_schema_extra={"pattern": EMAIL})
]
Token = Annotated[str, AfterValidator(_token)]
Url = Annotated[str, AfterValidator(_url)]
Utc = Annotated[datetime, AfterValidator(_utc)]
Metadata = Annotated[dict[str, Any], AfterValidator(_metadata)]
Tags = Annotated[list[Tag], Field(max_length=50)]


class Form(BaseModel):
    """Fields that are checked when it is made, and then stay as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Utm(Form):
    """What to add to every destination as utm_source, utm_medium and so on, unless it has its own."""

    source: Name | None = None
    medium: Name | None = None
    campaign: Name | None = None
    term: Name | None = None
    content: Name | None = None


class NewCampaign(Form):
    """A campaign to create."""

    name: Name
    template_id: Name | None = None
    subject: Subject | None = None
    tags: Tags = []
    external_id: Name | None = None
    utm: Utm | None = None


class CampaignChanges(Form):
    """What to change of a campaign; fields that aren't named stay as they are."""

    name: Name | None = None
    template_id: Name | None = None
    subject: Subject | None = None
    tags: Tags | None = None
    external_id: Name | None = None
    utm: Utm | None = None
    archived: bool | None = None


class NewMessage(Form):
    """A message to register."""

    campaign_id: Id
    recipient_email: Email
    tracking_token: Token | None = None
    template_id: Name | None = None
    subject: Subject | None = None
    variant: Line64 | None = None
    metadata: Metadata | None = None
    external_id: Name | None = None
    test: bool = False


class NewRecipient(Form):
    """A recipient to send a campaign to: a message less the campaign."""

    recipient_email: Email
    tracking_token: Token | None = None
    template_id: Name | None = None
    subject: Subject | None = None
    variant: Line64 | None = None
    metadata: Metadata | None = None
    external_id: Name | None = None


class NewRecipients(Form):
    """Recipients of a campaign; with `check` nothing is registered, and the answer says what would be."""

    recipients: Annotated[list[NewRecipient], Field(min_length=1, max_length=MAX_BATCH)]
    check: bool = False


class NewMessages(Form):
    """Messages to register together, all or none."""

    messages: Annotated[list[NewMessage], Field(min_length=1, max_length=MAX_BATCH)]


class Period(Form):
    """Messages whose sent_at (else created_at) lies in [start, end), in whole quarter-hours; all without it."""

    start: Utc | None = None
    end: Utc | None = None


F = TypeVar("F", bound=Form)


def fill(form: type[F], values: dict[str, Any]) -> F:
    """The form with these values. Raises Invalid, which names the field."""
    try:
        return form.model_validate(values)
    except ValidationError as error:
        raise refusal(error) from None


def trusted(form: type[F], values: dict[str, Any]) -> F:
    """The form with all of its values, which were checked before. Pydantic's model_construct takes longer than checking again."""
    made = form.__new__(form)
    for name, value in (("__dict__", values), ("__pydantic_fields_set__", set(values)), *_NOTHING_MORE):
        object.__setattr__(made, name, value)
    return made


_NOTHING_MORE = (("__pydantic_extra__", None), ("__pydantic_private__", None))


def fill_from_json(form: type[F], body: bytes) -> F:
    """The form in a JSON text. Raises Malformed where it isn't JSON, TooLarge for a list beyond its limit, else Invalid."""
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        raise refusal(error) from None


def refusal(error: ValidationError) -> BellError:
    """Our error for the first thing that a form was refused for."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = field_name(first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    match first["type"]:
        case "json_invalid":
            return Malformed(f"this is not JSON: {first['ctx']['error']}")
        case "extra_forbidden":
            return Invalid(f"there is no field {field}", field)
        case "too_long" if field in ("messages", "marks", "urls", "recipients", "addresses", "suppressions"):
            return TooLarge(f"{field}: at most {first['ctx']['max_length']} in one call", field)
        case "string_pattern_mismatch":
            message = "has a form or characters that can't be accepted"
    return Invalid(f"{field}: {message[:1].lower()}{message[1:]}" if field else message, field or None)


def field_name(location: tuple[int | str, ...]) -> str:
    """A place in a form as a caller would write it: messages[17].recipient_email."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")
