"""The addresses of the pages. They never meet those of the HTTP half (/api, /auth, /track, /webhooks, /health, …)."""

from urllib.parse import urlencode

OVERVIEW = "/"
LOGIN = "/login"
CAMPAIGNS = "/campaigns"
CAMPAIGN = "/campaigns/[campaign_id]"
COMPARE = "/campaigns/compare"
MESSAGE = "/messages/[message_id]"
BOUNCES = "/bounces"
BOUNCE = "/bounces/[bounce_id]"
REVIEW = "/review"
REVIEW_ONE = "/review/[report_id]"
AUDIENCE = "/audience"
SUPPRESSIONS = "/suppressions"
ALERTS = "/alerts"
SETUP = "/setup"
BUILDER = "/builder"
SETTINGS = "/settings"
KEYS = "/settings/keys"
PEOPLE = "/settings/people"
TENANT = "/settings/tenant"
TENANTS = "/tenants"
JOIN = "/join"
WEBHOOKS = "/settings/webhooks"
RULES = "/settings/rules"

#: What the pages are called that one can simply go to: in the command palette. A page of one thing has no entry.
NAMES = {
    OVERVIEW: "Overview",
    CAMPAIGNS: "Campaigns",
    COMPARE: "Compare campaigns",
    BOUNCES: "Bounces",
    REVIEW: "Review: mail that found no message",
    AUDIENCE: "Audience: recipients and segments",
    SUPPRESSIONS: "Suppressions",
    ALERTS: "Alerts",
    SETUP: "Set up sending",
    BUILDER: "Link builder",
    SETTINGS: "Settings: you",
    PEOPLE: "Settings: people",
    KEYS: "Settings: API keys",
    WEBHOOKS: "Settings: webhooks",
    TENANT: "Settings: tenant",
    RULES: "Settings: rules",
    TENANTS: "Tenants",
}

#: What the browser asks the HTTP half for, with its sign-in cookie.
SIGN_IN = "/auth/login"
SIGN_OUT = "/auth/logout"
PASSWORD = "/auth/password"
ACCEPT = "/auth/join"
BOUNCES_EXPORT = "/api/bounces/export"
SUPPRESSIONS_EXPORT = "/api/suppressions/export"
SUPPRESSIONS_UPLOAD = "/api/suppressions/upload"
REPORT_RAW = "/api/reports/{}/raw"


def suppressions_export(search: str, reason: str) -> str:
    """Where the list comes as CSV, filtered as the page shows it."""
    said = {name: value for name, value in (("search", search), ("reason", reason)) if value}
    return SUPPRESSIONS_EXPORT + (f"?{urlencode(said)}" if said else "")
