"""A tenant's own settings: its name and days, what is kept and how long, where unsigned links may lead."""

from typing import Any
from zoneinfo import available_timezones

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import field, problem
from little_bell.ui.components.loading import bones, loaded
from little_bell.ui.components.parts import card, fact
from little_bell.ui.pages.settings import section
from little_bell.ui.shell import Shell
from little_bell.ui.states.tenant import TenantSettings

ZONES = [*sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))), "UTC"]


def page() -> rx.Component:
    content = rx.cond(Shell.is_owner, _form(), card(_facts(), title="Tenant"))
    return section(routes.TENANT, loaded(TenantSettings.is_loading, card(bones(6), title="Tenant"), content))


def _form() -> rx.Component:
    """For owners."""
    return rx.el.form(
        rx.el.div(
            card(_general(), title="Tenant"), card(_kept(), title="What is kept"), card(_links(), title="Links"), class_name="two even"
        ),
        problem(TenantSettings.refusal),
        rx.el.div(rx.el.button("Save", type="submit", class_name="button primary")),
        on_submit=TenantSettings.save,
        class_name="stack",
        key=TenantSettings.slug,
    )


def _general() -> rx.Component:
    return rx.el.div(
        field("Tenant name", "tenant_name", required=True, max_length=200, default_value=TenantSettings.name),
        field("Time zone", "time_zone", "What a day is in charts.", list="zones", required=True, default_value=TenantSettings.time_zone),
        rx.el.datalist(*(rx.el.option(value=zone) for zone in ZONES), id="zones"),
        class_name="stack",
    )


def _kept() -> rx.Component:
    def option(policy: Any) -> rx.Component:
        return rx.el.option(policy.words, value=policy.name)

    box = rx.el.select(
        rx.foreach(TenantSettings.policies, option),
        name="ip_policy",
        id="field-ip_policy",
        class_name="input",
        default_value=TenantSettings.ip_policy,
        aria_describedby="ip_policy-hint",
    )
    hint = rx.el.span("The installation’s own policy is the loosest there is.", class_name="hint", id="ip_policy-hint")
    return rx.el.div(
        rx.el.div(rx.el.label("Keep of readers’ addresses", html_for="field-ip_policy"), box, hint, class_name="field"),
        field(
            "Keep single events for (days)",
            "retention_days",
            TenantSettings.retention_hint,
            type="number",
            min=0,
            max=36_500,
            required=True,
            default_value=TenantSettings.retention_days.to_string(),
        ),
        class_name="stack",
    )


def _links() -> rx.Component:
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
    return rx.el.div(
        rx.el.div(
            rx.el.label("Hosts that links may lead to unsigned", html_for="field-hosts"),
            hosts,
            rx.el.span("One a line, each in full. All other unsigned links ask the reader first.", class_name="hint", id="hosts-hint"),
            class_name="field",
        ),
        rx.el.label(unsigned, rx.el.span("Count pixels of /", TenantSettings.slug, "/pixel/… without a signature"), class_name="row"),
        class_name="stack",
    )


def _facts() -> rx.Component:
    """For the others."""
    return rx.el.dl(
        fact("Slug", TenantSettings.slug),
        fact("Time zone", TenantSettings.time_zone),
        fact("Kept of addresses", TenantSettings.policy),
        fact("Single events", TenantSettings.retention),
        class_name="facts",
    )
