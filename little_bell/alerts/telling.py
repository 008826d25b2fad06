"""What is told of an alert: the JSON for a webhook, the text for a mail."""

import time
from urllib.parse import urlsplit

import orjson

from little_bell.actions.alert_rounds import Taken
from little_bell.actions.alerts import sealed_for
from little_bell.alerts.letters import Relay, letter, send
from little_bell.alerts.posting import Refused, post, signed
from little_bell.domain.alerts import TITLES, Kind
from little_bell.sealing import Sealing

SAMPLE = "This is a test. Alerts of Little Bell will reach you here."
#: How an alert ended, in words.
ENDS = {"better": "It is good again.", "over": "There is nothing more to watch here.", "off": "This kind of alert was switched off."}


class Teller:
    """Tells one delivery by whatever way its destination asks for."""

    def __init__(self, sealing: Sealing, base_url: str, relay: Relay | None, may_be_private: bool) -> None:
        self._sealing = sealing
        self._base_url = base_url
        self._relay = relay
        self._may_be_private = may_be_private

    def tell(self, taken: Taken) -> None:
        """Raises OSError where it didn't arrive."""
        if taken.kind == "email":
            self._mail(taken)
        else:
            self._post(taken)

    def _post(self, taken: Taken) -> None:
        secret = self._sealing.unseal(taken.sealed or b"", sealed_for(taken.tenant_id))
        if secret is None:
            raise Refused("its secret was sealed with a secret key that is gone; remove this destination and add it anew")
        alert = {**taken.content, "title": self._title(taken), "url": self._url(taken)} if taken.content else None
        told = {"id": self._name(taken), "type": f"alert.{taken.event}", "created_at": taken.created_at, "tenant": taken.tenant}
        body = orjson.dumps({**told, "alert": alert}, option=orjson.OPT_UTC_Z)
        post(taken.target, signed(secret, self._name(taken), int(time.time()), body), body, may_be_private=self._may_be_private)

    def _mail(self, taken: Taken) -> None:
        if self._relay is None:
            raise Refused("no mail can be sent from here: LITTLE_BELL_RELAY_HOST isn't set")
        alert = taken.content
        says = ENDS.get(alert.get("why", ""), "") if taken.event == "resolved" else ""
        lines = [SAMPLE] if not alert else [alert["text"], *([says] if says else []), "", self._url(taken)]
        end = f"Tenant: {taken.tenant}. Thresholds and destinations: {self._base_url}/alerts"
        host = urlsplit(self._base_url).hostname or "localhost"
        subject = f"[{taken.tenant}] {self._title(taken)}"
        mail = letter(
            self._relay.sender, taken.target, subject, "\n".join([*lines, "", end, ""]), f"{self._name(taken)}@{host}", taken.created_at
        )
        send(self._relay, mail)

    def _title(self, taken: Taken) -> str:
        alert = taken.content
        if not alert:
            return "Test of an alert"
        about = alert["campaign"]["name"] if alert["campaign"] and alert["campaign"]["name"] else alert["provider"]
        title = f"{TITLES[Kind(alert['kind'])]}: {about}" if about else TITLES[Kind(alert["kind"])]
        return f"Resolved: {title}" if taken.event == "resolved" else title

    def _url(self, taken: Taken) -> str:
        campaign = taken.content.get("campaign")
        return f"{self._base_url}/campaigns/{campaign['id']}" if campaign else f"{self._base_url}/alerts"

    @staticmethod
    def _name(taken: Taken) -> str:
        """The same at every attempt: by it a receiver knows what it has already."""
        return f"alert-{taken.id}"
