"""The web app: its pages and their state. The only module that Reflex loads by name."""

import reflex as rx


def index() -> rx.Component:
    return rx.heading("Little Bell")


app = rx.App()
app.add_page(index, route="/", title="Little Bell")
