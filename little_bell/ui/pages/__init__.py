"""The pages, each with its address and what is loaded when it opens."""

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.pages import (
    alerts,
    audience,
    bounce,
    bounces,
    builder,
    campaign,
    campaigns,
    compare,
    join,
    keys,
    login,
    lost,
    message,
    overview,
    people,
    review,
    settings,
    setup,
    suppressions,
    tenant,
    tenants,
    verdict_rules,
    webhooks,
)
from little_bell.ui.pages.join import Join
from little_bell.ui.pages.login import Login
from little_bell.ui.shell import Shell
from little_bell.ui.states.alert_destinations import AlertDestinations
from little_bell.ui.states.alerts import Alerts, OpenAlerts
from little_bell.ui.states.audience import Audience
from little_bell.ui.states.bounce import BouncePage
from little_bell.ui.states.bounces import Bounces
from little_bell.ui.states.builder import Builder
from little_bell.ui.states.campaign import Campaign
from little_bell.ui.states.campaign_desk import CampaignDesk
from little_bell.ui.states.campaigns import Campaigns
from little_bell.ui.states.compare import Compare
from little_bell.ui.states.kept_sets import KeptSets
from little_bell.ui.states.keys import Keys
from little_bell.ui.states.message import Message
from little_bell.ui.states.overview import Overview
from little_bell.ui.states.people import People
from little_bell.ui.states.recipients import Recipients
from little_bell.ui.states.review import Review, ReviewQueue
from little_bell.ui.states.selftest import FirstEvent
from little_bell.ui.states.settings import Profile
from little_bell.ui.states.setup import Setup
from little_bell.ui.states.suppression_rules import SuppressionRules
from little_bell.ui.states.suppressions import Suppressions
from little_bell.ui.states.tenant import TenantSettings
from little_bell.ui.states.tenants import Tenants
from little_bell.ui.states.trend import Trend
from little_bell.ui.states.variants import Variants
from little_bell.ui.states.verdict_rules import VerdictRules
from little_bell.ui.states.webhooks import Webhooks


def add_pages(app: rx.App) -> None:
    """Give the app all its pages."""
    _add(app, routes.OVERVIEW, overview.page, "Overview", Overview.load, OpenAlerts.load, Trend.load)
    _add(app, routes.CAMPAIGNS, campaigns.page, "Campaigns", Campaigns.load, CampaignDesk.begin)
    _add(app, routes.COMPARE, compare.page, "Compare campaigns", Compare.load)
    named = rx.cond(Campaign.name != "", Campaign.name, "Campaign")
    _add(app, routes.CAMPAIGN, campaign.page, named, Campaign.load, Recipients.load, Variants.load)
    _add(app, routes.MESSAGE, message.page, rx.cond(Message.recipient != "", Message.recipient, "Message"), Message.load)
    _add(app, routes.BOUNCES, bounces.page, "Bounces", Bounces.load)
    _add(app, routes.BOUNCE, bounce.page, rx.cond(BouncePage.recipient != "", BouncePage.recipient, "Bounce"), BouncePage.load)
    _add(app, routes.REVIEW, review.page, "Review", ReviewQueue.load)
    _add(app, routes.REVIEW_ONE, review.one, "Review", Review.load)
    _add(app, routes.AUDIENCE, audience.page, "Audience", Audience.load)
    _add(app, routes.SUPPRESSIONS, suppressions.page, "Suppressions", Suppressions.load, SuppressionRules.load_rules)
    _add(app, routes.ALERTS, alerts.page, "Alerts", Alerts.load, AlertDestinations.load)
    _add(app, routes.SETUP, setup.page, "Set up sending", Setup.load, FirstEvent.load)
    _add(app, routes.BUILDER, builder.page, "Track a mail by hand", Builder.load)
    _add(app, routes.SETTINGS, settings.page, "Settings", Profile.load)
    _add(app, routes.PEOPLE, people.page, "People", People.load)
    _add(app, routes.KEYS, keys.page, "API keys", Keys.load)
    _add(app, routes.TENANT, tenant.page, "Tenant", TenantSettings.load)
    _add(app, routes.TENANTS, tenants.page, "Tenants", Tenants.load)
    _add(app, routes.RULES, verdict_rules.page, "Rules", VerdictRules.load, KeptSets.load)
    _add(app, routes.WEBHOOKS, webhooks.page, "Webhooks", Webhooks.load)
    app.add_page(login.page, route=routes.LOGIN, title="Sign in · Little Bell", on_load=Login.enter)
    app.add_page(join.page, route=routes.JOIN, title="Join · Little Bell", on_load=Join.enter)
    app.add_page(lost.page, route="404", title="Not found · Little Bell")


def _add(app: rx.App, route: str, page, title, *load) -> None:
    app.add_page(page, route=route, title=title + " · Little Bell", on_load=[Shell.enter, *load])
