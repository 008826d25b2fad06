"""`little-bell member …`"""

from typing import Annotated

import typer

from little_bell.actions.forms import fill
from little_bell.actions.members import NewInvitation, change_role, invite, remove_member, set_role
from little_bell.cli.installation import ACTOR, opened
from little_bell.cli.output import print_json, print_table
from little_bell.cli.tenant import JOIN
from little_bell.cli.user import account_of
from little_bell.domain.events import Role
from little_bell.queries.members import list_invitations, list_members

member = typer.Typer(no_args_is_help=True, help="Who belongs to a tenant (--tenant), and as what.")
Email = Annotated[str, typer.Argument(metavar="EMAIL")]
As = Annotated[Role, typer.Option(help="What they may do.")]


@member.command("list")
def list_(context: typer.Context) -> None:
    """List members, and those who are asked in."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.reading() as connection:
            rows, asked = list_members(connection, tenant_id), list_invitations(connection, tenant_id)
        if here.as_json:
            print_json({"members": rows, "invitations": asked})
            return
        lines = [(row.email, row.name, row.role, row.since) for row in rows]
        lines += [(one.email, "", f"{one.role}, invited", one.created_at) for one in asked]
        print_table(("E-mail", "Name", "Role", "Since"), lines)


@member.command("invite")
def invite_(context: typer.Context, email: Email, role: As = Role.VIEWER) -> None:
    """Ask somebody in: prints the address to send them, where they give their password or choose one. It is good for a week."""
    form = fill(NewInvitation, {"email": email, "role": role})
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.writing() as connection:
            address = f"{here.settings.base_url}{JOIN}{invite(connection, tenant_id, form, ACTOR)}"
        if here.as_json:
            print_json({"email": form.email, "role": role, "invitation": address})
        else:
            typer.echo(f"Invitation: {address}")


@member.command()
def add(context: typer.Context, email: Email, role: As = Role.VIEWER) -> None:
    """Make somebody who has an account a member, or give a member another role."""
    with opened(context) as here:
        tenant_id, account = here.tenant_id, account_of(here, email)
        with here.writing() as connection:
            set_role(connection, tenant_id, account.user_id, role, ACTOR)
        if here.as_json:
            print_json({"email": email, "tenant": here.slug, "role": role})
        else:
            typer.echo(f"{email} is {role} in {here.slug}")


@member.command("set-role")
def set_role_(context: typer.Context, email: Email, role: Annotated[Role, typer.Argument(metavar="ROLE")]) -> None:
    """Give a member another role. A tenant keeps an owner."""
    with opened(context) as here:
        tenant_id, account = here.tenant_id, account_of(here, email)
        with here.writing() as connection:
            change_role(connection, tenant_id, account.user_id, role, ACTOR)
        if here.as_json:
            print_json({"email": email, "tenant": here.slug, "role": role})
        else:
            typer.echo(f"{email} is {role} in {here.slug}")


@member.command()
def remove(context: typer.Context, email: Email) -> None:
    """They are no member any more, and signed out there."""
    with opened(context) as here:
        tenant_id, account = here.tenant_id, account_of(here, email)
        with here.writing() as connection:
            remove_member(connection, tenant_id, account.user_id, ACTOR)
        if here.as_json:
            print_json({"removed": email, "tenant": here.slug})
        else:
            typer.echo(f"{email} is no member of {here.slug} any more")
