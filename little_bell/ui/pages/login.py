"""Sign-in: a literal form that posts to the HTTP half, since the cookie is to be out of every script's reach."""

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.marks import bell
from little_bell.ui.guard import public
from little_bell.ui.session import visitor

NOTICES = {
    "1": "E-mail or password is wrong. Check both and try again.",
    "wait": "Too many attempts. Wait a minute, then try again.",
    "changed": "Your password was changed. Sign in with the new one.",
}
FORM = f"""
<form method="post" action="{routes.SIGN_IN}">
  <div class="field"><label for="email">E-mail</label>
    <input class="input" id="email" name="email" type="email" autocomplete="username" required autofocus></div>
  <div class="field"><label for="password">Password</label>
    <input class="input" id="password" name="password" type="password" autocomplete="current-password" required></div>
  <button class="button primary" type="submit">Sign in</button>
</form>
"""


class Login(rx.State):
    notice: str = ""

    @rx.event
    @public
    async def enter(self):
        if await visitor(self):
            return rx.redirect(routes.OVERVIEW)
        asked = self.router.url.query_parameters
        self.notice = NOTICES.get(asked.get("error", ""), "") or NOTICES.get(asked.get("notice", ""), "")
        return None


def page() -> rx.Component:
    return rx.el.main(
        rx.el.div(
            rx.el.div(bell(), "Little Bell", class_name="brand"),
            rx.el.h1("Sign in"),
            rx.cond(Login.notice != "", rx.el.p(Login.notice, class_name="notice bad", role="alert"), rx.fragment()),
            rx.html(FORM),
            class_name="card login-card",
        ),
        class_name="login",
    )
