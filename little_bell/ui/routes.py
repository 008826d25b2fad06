"""The addresses of the pages. They never meet those of the HTTP half (/api, /auth, /track, /webhooks, /health, …)."""

OVERVIEW = "/"
LOGIN = "/login"
CAMPAIGNS = "/campaigns"
CAMPAIGN = "/campaigns/[campaign_id]"
MESSAGE = "/messages/[message_id]"
BOUNCES = "/bounces"
SETTINGS = "/settings"
WEBHOOKS = "/settings/webhooks"

#: What the browser asks the HTTP half for, with its sign-in cookie.
SIGN_IN = "/auth/login"
SIGN_OUT = "/auth/logout"
PASSWORD = "/auth/password"
BOUNCES_EXPORT = "/api/bounces/export"
