"""The dialogs in which a campaign is made, changed and deleted."""

import reflex as rx

from little_bell.ui.components.forms import confirm, dialog, dialog_foot, field, problem
from little_bell.ui.components.marks import icon
from little_bell.ui.shell import Shell
from little_bell.ui.states.campaign_desk import UTM, CampaignDesk

#: Each UTM field with an example.
UTM_WORDS = dict(zip((f"utm_{name}" for name in UTM), ("newsletter", "email", "autumn-sale", "", ""), strict=True))


def new_button() -> rx.Component:
    """Opens the form of a new campaign, for who may make one."""
    button = rx.el.button(icon("plus"), "New campaign", class_name="button primary", type="button", on_click=CampaignDesk.set_open(True))
    return rx.cond(Shell.can_edit, button, rx.fragment())


def campaign_dialogs() -> rx.Component:
    """The form, and the question before deleting; a page has them once."""
    values = CampaignDesk.values
    utm = rx.el.details(
        rx.el.summary("UTM parameters"),
        rx.el.div(
            *(field(name, name, default_value=values[name], max_length=200, placeholder=said) for name, said in UTM_WORDS.items()),
            class_name="fields",
        ),
        rx.el.p("Added to the links of mail that Little Bell instruments, where a link has none of its own.", class_name="hint"),
        class_name="aside-note",
    )
    is_new = CampaignDesk.edited_id == 0
    form = rx.el.form(
        field(
            "Name",
            "name",
            required=True,
            max_length=200,
            auto_focus=True,
            placeholder="Autumn letter",
            default_value=values["name"],
        ),
        field("Subject", "subject", "What readers see in their inbox. Optional.", max_length=998, default_value=values["subject"]),
        field(
            "Tags",
            "tags",
            "Words to find it by, with commas between them. Optional.",
            max_length=2_000,
            default_value=values["tags"],
        ),
        utm,
        problem(CampaignDesk.refusal),
        dialog_foot(
            CampaignDesk.set_open(False),
            rx.el.button(rx.cond(is_new, "Create campaign", "Save campaign"), type="submit", class_name="button primary"),
        ),
        on_submit=CampaignDesk.save,
        key=CampaignDesk.edited_id.to_string(),
    )
    lead = rx.cond(is_new, "You can register its messages right afterwards.", "Mail that was sent already stays as it is.")
    title = rx.cond(is_new, "New campaign", "Edit campaign")
    return rx.fragment(
        dialog(title, lead, form, is_open=CampaignDesk.is_open, on_change=CampaignDesk.set_open),
        confirm(
            "Delete this campaign?",
            rx.fragment(
                rx.el.strong(CampaignDesk.doomed),
                " with all its messages, events and numbers. This can’t be undone. Unsubscribe links in sent mail go on working.",
            ),
            "Delete campaign",
            CampaignDesk.delete,
            is_open=CampaignDesk.doomed_id > 0,
            on_close=CampaignDesk.close_delete,
        ),
    )
