"""`little-bell user …`"""

import sys
from typing import Annotated

import typer

from little_bell.actions.users import Account, find_account, hash_password
from little_bell.actions.users import set_password as store_password
from little_bell.cli.installation import ACTOR, Installation, opened
from little_bell.cli.output import print_json
from little_bell.domain.errors import NotFound

user = typer.Typer(no_args_is_help=True, help="People who sign in.")


@user.callback()
def _noun() -> None:
    """Keeps `user` a noun with commands behind it, while there is but one."""


@user.command()
def set_password(
    context: typer.Context,
    email: str,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the new password from standard input.")] = False,
) -> None:
    """Give somebody a new password, and end their sign-ins."""
    with opened(context) as here:
        account = _account(here, email)
        password = (
            sys.stdin.readline().rstrip("\r\n")
            if password_stdin
            else typer.prompt("New password", hide_input=True, confirmation_prompt=True)
        )
        hashed = hash_password(password)
        with here.writing() as connection:
            store_password(connection, account.user_id, hashed, ACTOR)
        if here.as_json:
            print_json({"email": email})
        else:
            typer.echo(f"{email} has a new password and is signed out everywhere.")


def _account(here: Installation, email: str) -> Account:
    with here.reading() as connection:
        account = find_account(connection, email)
    if account is None:
        raise NotFound(f"nobody signs in as {email}", "email")
    return account
