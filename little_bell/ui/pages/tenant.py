"""The card of a tenant's own settings, on the settings page."""

from zoneinfo import available_timezones

import reflex as rx

from little_bell.ui.components.forms import field, problem
from little_bell.ui.components.loading import bones, loaded
from little_bell.ui.components.parts import card, fact
from little_bell.ui.shell import Shell
from little_bell.ui.states.tenant import TenantSettings

POLICIES = {"truncate": "their network (/24, /48)", "full": "whole, if the installation allows it", "none": "nothing"}
ZONES = [*sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))), "UTC"]


def tenant() -> rx.Component:
    """A form for owners; for others, what is set."""
    content = rx.cond(Shell.is_owner, _form(), _facts())
    return card(loaded(TenantSettings.is_loading, bones(5), content), title="Tenant")


def _form() -> rx.Component:
    hosts = rx.el.textarea(
        name="hosts",
        id="field-hosts",
        class_name="input",
        rows=3,
        default_value=TenantSettings.hosts,
        placeholder="www.example.com",
        aria_describedby="hosts-hint",
        spell_check=False,
    )
    unsigned = rx.el.input(type="checkbox", name="takes_unsigned", default_checked=TenantSettings.takes_unsigned)
    return rx.el.form(
        field("Tenant name", "tenant_name", required=True, max_length=200, default_value=TenantSettings.name),
        field("Time zone", "time_zone", "What a day is in charts.", list="zones", required=True, default_value=TenantSettings.time_zone),
        rx.el.datalist(*(rx.el.option(value=zone) for zone in ZONES), id="zones"),
        _select("Keep of readers’ addresses", "ip_policy", POLICIES),
        rx.el.div(
            rx.el.label("Hosts that links may lead to unsigned", html_for="field-hosts"),
            hosts,
            rx.el.span("One a line, each in full. All other unsigned links ask the reader first.", class_name="hint", id="hosts-hint"),
            class_name="field",
        ),
        rx.el.label(unsigned, rx.el.span("Count pixels of /", TenantSettings.slug, "/pixel/… without a signature"), class_name="row"),
        problem(TenantSettings.refusal),
        rx.el.div(rx.el.button("Save", type="submit", class_name="button")),
        on_submit=TenantSettings.save,
        class_name="stack",
        key=TenantSettings.slug,
    )


def _select(label: str, name: str, options: dict[str, str]) -> rx.Component:
    items = (rx.el.option(words, value=value) for value, words in options.items())
    box = rx.el.select(*items, name=name, id=f"field-{name}", class_name="input", default_value=TenantSettings.ip_policy)
    return rx.el.div(rx.el.label(label, html_for=f"field-{name}"), box, class_name="field")


def _facts() -> rx.Component:
    return rx.el.dl(
        fact("Slug", TenantSettings.slug),
        fact("Time zone", TenantSettings.time_zone),
        fact("Kept of addresses", TenantSettings.ip_policy),
        class_name="facts",
    )
