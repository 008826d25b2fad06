"""Our own small set of errors. api/errors.py maps them to HTTP, the CLI to exit codes."""


class BellError(Exception):
    """Something the caller can mend. `code` is for programs, the text for people, `field` names the bad part."""

    code = "error"

    def __init__(self, message: str, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code:
            self.code = code


class Malformed(BellError):
    """The request can't be read (400)."""

    code = "malformed"


class Unauthorized(BellError):
    """No key or sign-in, or a bad one (401)."""

    code = "unauthorized"


class Forbidden(BellError):
    """The key or the role doesn't allow it (403)."""

    code = "forbidden"


class NotFound(BellError):
    """Not there, or another tenant's (404)."""

    code = "not_found"


class Conflict(BellError):
    """It clashes with what is there (409)."""

    code = "conflict"


class TooLarge(BellError):
    """More than the named limit (413)."""

    code = "too_large"


class UnsupportedType(BellError):
    """A body of a type that can't be read here (415)."""

    code = "unsupported_type"


class Invalid(BellError):
    """A value that can't be accepted (422)."""

    code = "invalid"


class TooMany(BellError):
    """Too often (429); `retry_after` in seconds."""

    code = "too_many_requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(BellError):
    """Can't be stored just now (503); `retry_after` in seconds."""

    code = "unavailable"

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


#: What each is in HTTP: the server answers so, and clients read it back.
STATUS: dict[type[BellError], int] = {
    Malformed: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    UnsupportedType: 415,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}
