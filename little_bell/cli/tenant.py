"""`little-bell tenant …`"""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from little_bell.actions.forms import fill
from little_bell.actions.members import NewInvitation, invite
from little_bell.actions.tenants import (
    NewTenant,
    TenantChanges,
    change_tenant,
    create_tenant,
    delete_tenant,
    move_tenant,
    resume_tenant,
    suspend_tenant,
)
from little_bell.chores import purge_deleted
from little_bell.cli.installation import ACTOR, Installation, opened
from little_bell.cli.output import print_facts, print_json, print_table
from little_bell.cli.progress import counting
from little_bell.domain.errors import Invalid, NotFound
from little_bell.domain.events import Role
from little_bell.queries.tenants import find_tenant, get_tenant, list_tenants, tenant_size

tenant = typer.Typer(no_args_is_help=True, help="Tenants: isolated customers, each with its own campaigns, keys and members.")
Slug = Annotated[str, typer.Argument(metavar="SLUG")]
JOIN = "/join?t="


@tenant.command()
def create(
    context: typer.Context,
    slug: Slug,
    name: Annotated[str | None, typer.Option(help="What people call it; else its slug.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="EMAIL", help="Whom to ask in as its owner.")] = None,
) -> None:
    """Make a tenant."""
    form = fill(NewTenant, {"slug": slug, "name": name})
    asked = fill(NewInvitation, {"email": owner, "role": Role.OWNER}) if owner else None
    with opened(context) as here:
        with here.writing() as connection:
            tenant_id = create_tenant(connection, form, ACTOR)
            secret = invite(connection, tenant_id, asked, ACTOR) if asked else None
        address = f"{here.settings.base_url}{JOIN}{secret}" if secret else None
        if here.as_json:
            print_json({"id": tenant_id, "slug": slug, "invitation": address})
            return
        typer.echo(f"Tenant created with ID: {tenant_id}")
        if address:
            typer.echo(f"Invitation: {address}")


@tenant.command("list")
def list_(context: typer.Context) -> None:
    """List all tenants."""
    with opened(context) as here:
        with here.reading() as connection:
            rows = list_tenants(connection)
        if here.as_json:
            print_json(rows)
            return
        lines = [(row.id, row.slug, row.name, "suspended" if row.suspended_at else "active", row.created_at) for row in rows]
        print_table(("ID", "Slug", "Name", "State", "Created"), lines, numbers=("ID",))


@tenant.command()
def show(context: typer.Context, slug: Slug) -> None:
    """Show a tenant with its settings."""
    with opened(context) as here:
        tenant_id = _id_of(here, slug)
        with here.reading() as connection:
            row, size = get_tenant(connection, tenant_id), tenant_size(connection, tenant_id)
        facts = {name: getattr(row, name) for name in row.__slots__} | {"members": size.members, "campaigns": size.campaigns}
        if here.as_json:
            print_json(facts)
        else:
            print_facts({name.replace("_", " ").capitalize(): " ".join(v) if isinstance(v, list) else v for name, v in facts.items()})


@tenant.command("set")
def set_(
    context: typer.Context,
    slug: Slug,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Vienna: what a day is in its charts.")] = None,
    ip_policy: Annotated[str | None, typer.Option(help="What is kept of readers' addresses: truncate, full or none.")] = None,
    retention_days: Annotated[int | None, typer.Option(help="Events go after so many days; 0: when the installation lets them go.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="Unsigned links may lead there; may be repeated.")] = None,
    allow_no_host: Annotated[bool, typer.Option("--allow-no-host", help="Empty that list.")] = False,
    accept_unsigned_ids: Annotated[bool | None, typer.Option(help="Whether e-mail ids count without a signature.")] = None,
) -> None:
    """Change a tenant's settings; those that aren't named stay."""
    hosts = [] if allow_no_host else allow_host
    said = {
        "name": name,
        "time_zone": time_zone,
        "ip_policy": ip_policy,
        "retention_days": retention_days,
        "allowed_hosts": hosts,
        "accepts_unsigned_ids": accept_unsigned_ids,
    }
    changes = fill(TenantChanges, {field: value for field, value in said.items() if value is not None})
    if not changes.model_fields_set:
        raise Invalid("name something to change: see little-bell tenant set --help")
    _act(context, slug, lambda connection, tenant_id: change_tenant(connection, tenant_id, changes, ACTOR), "changed")


@tenant.command()
def rename(context: typer.Context, slug: Slug, new_slug: Annotated[str, typer.Argument(metavar="NEW")]) -> None:
    """Give a tenant another slug. The old one goes on working, and is never given to another."""
    _act(
        context, slug, lambda connection, tenant_id: move_tenant(connection, tenant_id, new_slug, ACTOR), f"renamed to {new_slug}", new_slug
    )


@tenant.command()
def suspend(context: typer.Context, slug: Slug) -> None:
    """Its keys open nothing and its links stop redirecting; pixels go on answering."""
    _act(context, slug, lambda connection, tenant_id: suspend_tenant(connection, tenant_id, ACTOR), "suspended")


@tenant.command()
def resume(context: typer.Context, slug: Slug) -> None:
    """End a suspension."""
    _act(context, slug, lambda connection, tenant_id: resume_tenant(connection, tenant_id, ACTOR), "resumed")


@tenant.command()
def delete(
    context: typer.Context, slug: Slug, yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether it is meant.")] = False
) -> None:
    """Delete a tenant with everything that is its own. Its slugs stay taken."""
    with opened(context) as here:
        tenant_id = _id_of(here, slug)
        with here.reading() as connection:
            size = tenant_size(connection, tenant_id)
        told = f"Delete the tenant {slug!r} with its {size.campaigns} campaigns, {size.members} memberships and all else for good?"
        if not yes and not typer.confirm(told, err=True):
            raise Invalid("nothing was deleted", "yes")
        with here.writing() as connection:
            delete_tenant(connection, tenant_id, ACTOR)
        with counting("Rows") as advance:
            is_purged = purge_deleted(here, advance)
        if here.as_json:
            print_json({"deleted": slug, "is_purged": is_purged})
            return
        typer.echo(f"Tenant {slug} deleted")
        if not is_purged:
            typer.echo("The server goes on purging its data in small steps.")


def _act(context: typer.Context, slug: str, action: Callable[[Connection, int], Any], done: str, now_called: str | None = None) -> None:
    with opened(context) as here:
        tenant_id = _id_of(here, slug)
        with here.writing() as connection:
            action(connection, tenant_id)
        if here.as_json:
            print_json({"tenant": now_called or slug, "id": tenant_id})
        else:
            typer.echo(f"Tenant {slug} {done}")


def _id_of(here: Installation, slug: str) -> int:
    with here.reading() as connection:
        found = find_tenant(connection, slug)
    if found is None:
        raise NotFound(f"there is no tenant {slug!r}", "slug")
    return found
