"""The command line. Each noun is a module of this package that adds its Typer here."""

import os
import sys
from dataclasses import dataclass
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from little_bell import __version__
from little_bell.cli.alert import alert
from little_bell.cli.bounce import bounce
from little_bell.cli.campaign import campaign
from little_bell.cli.comparisons import trend, variants
from little_bell.cli.database import database
from little_bell.cli.demo import demo
from little_bell.cli.doctor import doctor
from little_bell.cli.event import event
from little_bell.cli.key import key
from little_bell.cli.member import member
from little_bell.cli.message import message
from little_bell.cli.recipient import recipient
from little_bell.cli.report import report
from little_bell.cli.rule import rule
from little_bell.cli.segment import segment
from little_bell.cli.serve import serve
from little_bell.cli.stats import stats
from little_bell.cli.suppression import suppression
from little_bell.cli.tenant import tenant
from little_bell.cli.user import user
from little_bell.cli.webhook import webhook
from little_bell.config import spellings
from little_bell.domain.errors import BellError

#: These may stand before or after the command; those that are True take a value.
ANYWHERE = {"--json": False, "--db": True, "--tenant": True, "--url": True, "--key": True}

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="E-mail tracking that people can trust.")
app.command()(serve)
app.command()(demo)
app.command()(doctor)
campaign.command()(variants)
report.command()(trend)
for name, noun in {
    "campaign": campaign,
    "message": message,
    "recipient": recipient,
    "segment": segment,
    "report": report,
    "bounce": bounce,
    "suppression": suppression,
    "event": event,
    "rule": rule,
    "key": key,
    "tenant": tenant,
    "member": member,
    "user": user,
    "db": database,
    "stats": stats,
    "webhook": webhook,
    "alert": alert,
}.items():
    app.add_typer(noun, name=name)


@dataclass(frozen=True)
class Options:
    """What was said for every command: `context.obj`."""

    as_json: bool
    db: str | None
    tenant: str | None
    url: str | None
    key: str | None


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"little-bell {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    db: Annotated[str | None, typer.Option("--db", metavar="PATH", help="The database, instead of LITTLE_BELL_DATABASE_URL.")] = None,
    slug: Annotated[str | None, typer.Option("--tenant", metavar="SLUG", help="Whose things, instead of LITTLE_BELL_TENANT.")] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Work over HTTP on the Little Bell there. Commands about access, secrets and the installation don't."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="The API key for --url.")] = None,
    _version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    if db:
        os.environ["LITTLE_BELL_DATABASE_URL"] = db
    context.obj = Options(as_json=as_json, db=db, tenant=slug, url=url, key=key)


def options_first(arguments: list[str]) -> list[str]:
    """The arguments with the options that may stand anywhere moved to the front; what follows `--` stays."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word.partition("=")[0] in ANYWHERE:
            front.append(word)
            if ANYWHERE[word.partition("=")[0]] and "=" not in word:
                front += [value for value in [next(words, None)] if value is not None]
        else:
            rest.append(word)
    return front + rest


def main() -> None:
    """Runs the command line; what the caller can mend ends in one line on standard error and exit code 1."""
    try:
        app(options_first(sys.argv[1:]))
    except BellError as error:
        _fail(str(error))
    except ValidationError as error:
        _fail("\n".join(f"{spellings('.'.join(map(str, problem['loc'])))}: {problem['msg']}" for problem in error.errors()))
    except SQLAlchemyError as error:  # the database is away, locked, damaged or full
        _fail(f"the database can't be used: {str(getattr(error, 'orig', error)).splitlines()[0]}")
    except OSError as error:
        _fail(f"{error.filename or 'files'}: {error.strerror or error}")


def _fail(message: str) -> None:
    typer.echo(f"Error: {message}", err=True)
    raise SystemExit(1)
