"""Settings: the person who is signed in, and the way to the other sections, each with an address of its own."""

import reflex as rx
from reflex_base.style import color_mode, set_color_mode

from little_bell.ui import routes
from little_bell.ui.components.forms import field, problem, switch
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import bones, loaded
from little_bell.ui.components.marks import to
from little_bell.ui.components.parts import card, fact, page_head
from little_bell.ui.shell import Shell
from little_bell.ui.states.settings import Profile

SECTIONS = {
    routes.SETTINGS: "You",
    routes.PEOPLE: "People",
    routes.KEYS: "API keys",
    routes.WEBHOOKS: "Webhooks",
    routes.RULES: "Rules",
    routes.TENANT: "Tenant",
}
MODES = {"light": "Light", "dark": "Dark", "system": "As the system"}
PASSWORD_FORM = f"""
<form method="post" action="{routes.PASSWORD}" class="stack">
  <input type="text" name="username" autocomplete="username" class="hidden-text" tabindex="-1" aria-hidden="true">
  <div class="field"><label for="current">Current password</label>
    <input class="input" id="current" name="current_password" type="password" autocomplete="current-password"
      required></div>
  <div class="field"><label for="new">New password</label>
    <input class="input" id="new" name="new_password" type="password" autocomplete="new-password" minlength="10" required
      aria-describedby="new-hint">
    <span class="hint" id="new-hint">At least 10 characters. Your other sign-ins end.</span></div>
  <div><button class="button" type="submit">Change password</button></div>
</form>
"""


def section(here: str, *content: rx.Component, lead: rx.Var[str] | str = Shell.tenant) -> rx.Component:
    """A page of the settings; `here` is its address."""
    links = [to(path, words, **({"aria_current": "page"} if path == here else {})) for path, words in SECTIONS.items()]
    nav = rx.el.nav(*links, class_name="switch", aria_label="Settings")
    return frame(routes.SETTINGS, page_head("Settings", lead=lead), nav, *content)


def page() -> rx.Component:
    return section(
        routes.SETTINGS,
        rx.cond(
            Profile.notice != "",
            rx.el.p(Profile.notice, class_name=rx.cond(Profile.is_bad, "notice bad", "notice"), role="alert"),
            rx.fragment(),
        ),
        rx.el.div(
            card(loaded(Profile.is_loading, bones(3), _profile()), title="Profile"),
            card(rx.html(PASSWORD_FORM), title="Your password"),
            card(_appearance(), title="Appearance"),
            class_name="two even",
        ),
    )


def _profile() -> rx.Component:
    return rx.el.form(
        rx.el.dl(fact("E-mail", Shell.email), fact("Role here", Shell.role), class_name="facts"),
        field("Your name", "own_name", "As the others here see it.", max_length=200, default_value=Profile.name, auto_complete="name"),
        problem(Profile.refusal),
        rx.el.div(rx.el.button("Save", type="submit", class_name="button")),
        on_submit=Profile.save,
        class_name="stack",
    )


def _appearance() -> rx.Component:
    hint = rx.el.p("Kept in this browser.", class_name="soft small")
    return rx.el.div(switch("Appearance", color_mode, set_color_mode, MODES), hint, class_name="stack tight")
