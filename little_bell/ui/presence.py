"""Whether anybody looks at a tab: /page.js presses these buttons, since a script that the server sent would need eval."""

import reflex as rx

from little_bell.ui.live import conceal, reveal


class Presence(rx.State):
    @rx.event
    async def hide(self):
        await conceal(self.router.session.client_token)

    @rx.event
    async def show(self):
        reveal(self.router.session.client_token)


def presence() -> rx.Component:
    """Two buttons that nobody sees."""
    pressed = {"hide": Presence.hide, "show": Presence.show}
    return rx.el.div(
        *(
            rx.el.button(type="button", tab_index=-1, on_click=event, custom_attrs={f"data-tab-{name}": ""})
            for name, event in pressed.items()
        ),
        hidden=True,
    )
