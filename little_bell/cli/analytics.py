"""A campaign's analytics as tables: what people did, and all in brackets."""

from collections.abc import Mapping, Sequence
from typing import Any

from little_bell.cli.output import NOTHING, of_all, percent, print_facts, print_table

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def print_interval(interval: Mapping[str, Any]) -> None:
    """Between which bounds the open rate lies."""
    told = {"Lower": interval["lower"], "Estimate": interval["estimate"], "Upper": interval["upper"]}
    print_facts({f"Open Rate {name}": percent(value) for name, value in told.items()})
    print_facts({"Estimated From": interval["how"]})


def print_analytics(found: Mapping[str, Any]) -> None:
    """Everything, one table after the other."""
    print_interval(found["open_rate_interval"])
    _print_curve(found["curve"])
    for heading, name in (("Human opens", "human_opens"), ("All opens", "opens")):
        print_table((heading, *(f"{hour}h" for hour in range(24))), _week(found["week"], name))
    print_facts({"Time Zone": found["time_zone"]})
    _print_clicks(found["positions"])
    _print_mailboxes(found["mailboxes"])
    for name in ("clients", "systems", "devices", "countries"):
        _print_traits(name.capitalize(), found[name])


def _print_curve(curve: Mapping[str, Any]) -> None:
    for name in ("open", "click"):
        both = (_span(curve[f"median_human_{name}"]), _span(curve[f"median_{name}"]))
        print_facts({f"Median Time To First Human {name.capitalize()} (All)": of_all(*both)})
    lines = [(_span(p["since"]), of_all(p["human_opened"], p["opened"]), of_all(p["human_clicked"], p["clicked"])) for p in curve["points"]]
    columns = ("After", "Human opened (all)", "Human clicked (all)")
    print_table(columns, lines, numbers=columns[1:])


def _week(cells: Sequence[Mapping[str, Any]], name: str) -> list[list[Any]]:
    """A line a weekday: opens by the hour."""
    return [[DAYS[day], *(cell[name] for cell in cells[24 * day : 24 * day + 24])] for day in range(7)]


def _print_clicks(rows: Sequence[Mapping[str, Any]]) -> None:
    lines = [(row["position"], row["url"], of_all(row["human_clicks"], row["clicks"])) for row in rows]
    print_table(("Place", "Link", "Human clicks (all)"), lines, numbers=("Place", "Human clicks (all)"))


def _print_mailboxes(rows: Sequence[Mapping[str, Any]]) -> None:
    columns = ("Mailbox", "Delivered", "Human open rate (all)", "Human click rate (all)", "Bounce rate", "Complaint rate")
    lines = [
        (
            row["name"],
            row["delivered"],
            of_all(percent(row["human_open_rate"]), percent(row["open_rate"])),
            of_all(percent(row["human_click_rate"]), percent(row["click_rate"])),
            percent(row["bounce_rate"]),
            percent(row["complaint_rate"]),
        )
        for row in rows
    ]
    print_table(columns, lines, numbers=columns[1:])


def _print_traits(heading: str, rows: Sequence[Mapping[str, Any]]) -> None:
    lines = [(row["name"], of_all(row["human_opens"], row["opens"]), of_all(row["human_clicks"], row["clicks"])) for row in rows]
    print_table((heading, "Human opens (all)", "Human clicks (all)"), lines, numbers=("Human opens (all)", "Human clicks (all)"))


def _span(seconds: int | None) -> str:
    """A length of time in its two largest units: `1 h 20 min`."""
    if seconds is None:
        return NOTHING
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
