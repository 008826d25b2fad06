"""The person who is signed in: their name, and what became of a new password."""

from typing import Any

import reflex as rx

from little_bell.actions.users import set_name
from little_bell.domain.errors import Invalid
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import forget, member, write
from little_bell.ui.shell import Shell

NOTICES = {"password-changed": "Your password was changed."}
PROBLEMS = {"wrong-password": "The current password is wrong.", "poor-password": "A new password needs at least 10 characters."}


class Profile(rx.State):
    is_loading: bool = True
    notice: str = ""
    is_bad: bool = False
    name: str = ""
    refusal: str = ""

    @rx.event
    async def load(self):
        who = await member(self)
        asked = self.router.url.query_parameters
        problem = PROBLEMS.get(asked.get("error", ""), "")
        self.notice, self.is_bad = problem or NOTICES.get(asked.get("notice", ""), ""), problem != ""
        self.name, self.refusal, self.is_loading = who.name, "", False

    @rx.event
    async def save(self, form: dict[str, Any]):
        who = await member(self)
        try:
            await write(set_name, who.user_id, checked.form(form, "own_name")["own_name"], who.email)
        except Invalid as error:
            self.refusal = sentence(error.message)
            return None
        forget()
        self.name, self.refusal = (await member(self)).name, ""
        return Shell.say("Saved.")
