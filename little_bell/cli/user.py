"""`little-bell user …`"""

import secrets
import sys
from typing import Annotated

import typer

from little_bell.actions.forms import fill
from little_bell.actions.users import Account, NewUser, create_user, find_account, hash_password, set_operator
from little_bell.actions.users import set_password as store_password
from little_bell.cli.installation import ACTOR, Installation, opened
from little_bell.cli.output import print_json, print_table
from little_bell.domain.errors import NotFound
from little_bell.queries.members import list_users

user = typer.Typer(no_args_is_help=True, help="People who sign in. Where they belong is said with `member`.")
Email = Annotated[str, typer.Argument(metavar="EMAIL")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@user.command()
def create(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    operator: Annotated[bool, typer.Option("--operator", help="They own the tenants of this installation.")] = False,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account. Without --password-stdin a password is made and shown this once."""
    password = _line() if password_stdin else secrets.token_urlsafe(12)
    form = fill(NewUser, {"email": email, "name": name, "password": password, "is_operator": operator})
    with opened(context) as here:
        with here.writing() as connection:
            user_id = create_user(connection, form, ACTOR)
        if here.as_json:
            print_json({"id": user_id, "email": form.email.lower(), "password": None if password_stdin else password})
            return
        typer.echo(f"User created with ID: {user_id}")
        if not password_stdin:
            typer.echo(f"Password: {password}")


@user.command("list")
def list_(context: typer.Context) -> None:
    """List all accounts."""
    with opened(context) as here:
        with here.reading() as connection:
            rows = list_users(connection)
        if here.as_json:
            print_json(rows)
            return
        lines = [
            (row.id, row.email, row.name, "operator" if row.is_operator else "", " ".join(row.tenants), row.created_at) for row in rows
        ]
        print_table(("ID", "E-mail", "Name", "Is", "Tenants", "Created"), lines, numbers=("ID",))


@user.command()
def set_password(context: typer.Context, email: Email, password_stdin: FromStdin = False) -> None:
    """Give somebody a new password, and end their sign-ins."""
    with opened(context) as here:
        account = account_of(here, email)
        password = _line() if password_stdin else typer.prompt("New password", hide_input=True, confirmation_prompt=True)
        hashed = hash_password(password)
        with here.writing() as connection:
            store_password(connection, account.user_id, hashed, ACTOR)
        if here.as_json:
            print_json({"email": email})
        else:
            typer.echo(f"{email} has a new password and is signed out everywhere.")


@user.command()
def operator(context: typer.Context, email: Email, off: Annotated[bool, typer.Option("--off", help="No longer.")] = False) -> None:
    """Let somebody own the tenants of this installation. One operator stays."""
    with opened(context) as here:
        account = account_of(here, email)
        with here.writing() as connection:
            set_operator(connection, account.user_id, not off, ACTOR)
        if here.as_json:
            print_json({"email": email, "is_operator": not off})
        else:
            typer.echo(f"{email} is {'no operator any more' if off else 'an operator'}")


def account_of(here: Installation, email: str) -> Account:
    """Whose account it is. Raises NotFound."""
    with here.reading() as connection:
        account = find_account(connection, email)
    if account is None:
        raise NotFound(f"nobody signs in as {email}", "email")
    return account


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
