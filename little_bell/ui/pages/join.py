"""Where an invitation leads: a literal form, like the sign-in's, since the cookie is to be out of every script's reach."""

from html import escape

import reflex as rx

from little_bell.actions.members import find_invitation
from little_bell.ui import checked, routes
from little_bell.ui.components.marks import bell
from little_bell.ui.guard import public
from little_bell.ui.session import read

NOTICES = {
    "password": "This address has an account here: give its password.",
    "poor": "A password needs at least 10 characters.",
    "wait": "Too many attempts. Wait a minute, then try again.",
}
FORM = """
<form method="post" action="{action}">
  <input type="hidden" name="secret" value="{secret}">
  <div class="field"><label for="email">E-mail</label>
    <input class="input" id="email" name="email" type="email" autocomplete="username" value="{email}" readonly></div>
  <div class="field"><label for="password">Password</label>
    <input class="input" id="password" name="password" type="password" minlength="10" required autofocus
      aria-describedby="password-hint">
    <span class="hint" id="password-hint">The one you have here. If you have none yet, choose one: at least 10 characters.</span></div>
  <button class="button primary" type="submit">Join</button>
</form>
"""


class Join(rx.State):
    tenant: str = ""
    role: str = ""
    form: str = ""
    notice: str = ""
    is_loading: bool = True

    @rx.event
    @public
    async def enter(self):
        asked = self.router.url.query_parameters
        secret = checked.text(asked.get("t", ""), "invitation", 200)
        found = await read(find_invitation, secret)
        self.tenant, self.role, self.form = (found.tenant, found.role, _form(secret, found.email)) if found else ("", "", "")
        self.notice, self.is_loading = NOTICES.get(asked.get("error", ""), ""), False


def _form(secret: str, email: str) -> str:
    return FORM.format(action=routes.ACCEPT, secret=escape(secret), email=escape(email))


def page() -> rx.Component:
    asked = rx.fragment(
        rx.el.h1("Join ", Join.tenant),
        rx.el.p("You are asked in as ", rx.el.strong(Join.role), ".", class_name="soft"),
        rx.cond(Join.notice != "", rx.el.p(Join.notice, class_name="notice bad", role="alert"), rx.fragment()),
        rx.html(Join.form),
    )
    ended = rx.fragment(
        rx.el.h1("This invitation has ended"),
        rx.el.p("It was used, withdrawn, or is older than a week. Ask for another.", class_name="soft"),
        rx.el.a("Sign in", href=routes.LOGIN, class_name="button"),
    )
    return rx.el.main(
        rx.el.div(
            rx.el.div(bell(), "Little Bell", class_name="brand"),
            rx.cond(Join.is_loading, rx.fragment(), rx.cond(Join.form != "", asked, ended)),
            class_name="card login-card",
        ),
        class_name="login",
    )
