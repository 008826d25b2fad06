"""`little-bell demo`: a tenant to look around in."""

import secrets
from typing import Annotated

import typer

from little_bell.actions.forms import fill
from little_bell.actions.members import set_role
from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.actions.users import NewUser, create_user, find_account
from little_bell.cli.installation import ACTOR, Installation, opened
from little_bell.cli.output import print_json
from little_bell.cli.progress import progress_bar
from little_bell.domain.errors import Conflict, Unavailable
from little_bell.domain.events import Role
from little_bell.queries.campaigns import list_campaigns
from little_bell.queries.tenants import find_tenant
from little_bell.seed.corrections import put_right
from little_bell.seed.fill import play, register
from little_bell.seed.words import MAILINGS

SLUG, EMAIL = "demo", "demo@example.com"
SEED = 7


def demo(
    context: typer.Context,
    again: Annotated[bool, typer.Option("--again", help="Add three more campaigns to the demo.")] = False,
) -> None:
    """Fill the tenant `demo`: 3 campaigns, 20,000 messages, and what became of them in 30 days."""
    with opened(context) as here:
        tenant_id, campaigns = _demo_tenant(here)
        if campaigns and not again:
            raise Conflict(f"the tenant {SLUG} is filled already: sign in as {EMAIL}, or add to it with --again")
        password = _let_in(here, tenant_id)
        events = _fill(here, tenant_id, SEED + campaigns)
        if here.as_json:
            print_json({"tenant": SLUG, "email": EMAIL, "password": password, "events": events})
            return
        typer.echo(f"\nThe tenant {SLUG} holds the demo. To look at it, sign in at {here.settings.base_url} (make run starts it):\n")
        typer.echo(f"  Sign in as  {EMAIL}")
        typer.echo(f"  Password    {password or 'as before; little-bell user set-password ' + EMAIL + ' gives it another'}\n")


def _demo_tenant(here: Installation) -> tuple[int, int]:
    """The tenant's id, and how many campaigns it has (up to 1,000)."""
    with here.writing() as connection:
        tenant_id = find_tenant(connection, SLUG) or create_tenant(connection, NewTenant(slug=SLUG, name="Demo"), ACTOR)
        return tenant_id, len(list_campaigns(connection, tenant_id, limit=1_000).rows)


def _let_in(here: Installation, tenant_id: int) -> str | None:
    """The password of the demo's own user, where it was made just now; the installation's first user becomes an owner too."""
    password = secrets.token_urlsafe(9)
    with here.writing() as connection:
        account = find_account(connection, EMAIL)
        user_id = account.user_id if account else create_user(connection, fill(NewUser, {"email": EMAIL, "password": password}), ACTOR)
        owners = {user_id}
        if admin := find_account(connection, here.settings.admin_email):
            owners.add(admin.user_id)
        for owner in owners:
            set_role(connection, tenant_id, owner, Role.OWNER, ACTOR)
    return None if account else password


def _fill(here: Installation, tenant_id: int, seed: int) -> int:
    with progress_bar() as progress:
        messages = progress.add_task("Messages", total=sum(mailing.messages for mailing in MAILINGS))
        records = register(here, tenant_id, seed, lambda n: progress.advance(messages, n))
        events = progress.add_task("Events", total=len(records))
        if not (play(here, records, lambda n: progress.advance(events, n)) and put_right(here, tenant_id)):
            raise Unavailable("the projector doesn't keep up, so only a part of the demo is in; look at its log")
    return len(records)
