"""Calls about verdicts, once for both clients: what somebody says of an event, and own rules. Names and arguments are Database's."""

from little_bell.client.call import Call, Row, nothing, one, row, rows

EVENTS, RULES = "/api/events", "/api/rules"


def overrule_event(event_id: int, verdict: str, note: str = "") -> Call[None]:
    """Say that a human or a machine caused an open or a click, whatever the rules make of it. Raises NotFound, Invalid."""
    return Call("POST", f"{one(EVENTS, event_id)}/verdict", nothing, body={"verdict": verdict, "note": note})


def take_back_verdict(event_id: int) -> Call[None]:
    """Take back what was said of an event: it is judged by the rules again. Raises NotFound, also where nothing was said."""
    return Call("DELETE", f"{one(EVENTS, event_id)}/verdict", nothing)


def get_rules() -> Call[list[Row]]:
    """Your own rules for verdicts, the newest first."""
    return Call("GET", RULES, rows)


def add_rule(match: str, value: str, treat: str, note: str = "") -> Call[Row]:
    """What matches a network, asn or agent is a machine, or unfiltered, from the next event on. Raises Invalid, Conflict."""
    return Call("POST", RULES, row, body={"match": match, "value": value, "treat": treat, "note": note})


def remove_rule(rule_id: int) -> Call[None]:
    """Hold by it no longer. Raises NotFound."""
    return Call("DELETE", one(RULES, rule_id), nothing)
