"""The client that waits."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from types import TracebackType
from typing import BinaryIO, Concatenate, ParamSpec, Self, TypeVar

import httpx

from little_bell.client import alert_calls as alerts
from little_bell.client import calls
from little_bell.client import campaign_calls as campaigns
from little_bell.client import comparison_calls as comparisons
from little_bell.client import recipient_calls as recipients
from little_bell.client import report_calls as reports
from little_bell.client import suppression_calls as suppressions
from little_bell.client import verdict_calls as verdicts
from little_bell.client import webhook_calls as webhooks
from little_bell.client.call import Call, Download, Pages, Row, rows
from little_bell.client.line import Line, as_method, begin_anew, page_query
from little_bell.client.refusals import content_of, is_a_file, strange
from little_bell.client.retries import Attempts, Outcome
from little_bell.domain.errors import NotFound
from little_bell.files import new_file

P = ParamSpec("P")
T = TypeVar("T")


def _called(build: Callable[P, Call[T]]) -> "Callable[Concatenate[Client, P], T]":
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._call(build(*args, **kwargs))

    as_method(method, build)
    return method


def _iterated(build: Callable[P, Pages]) -> "Callable[Concatenate[Client, P], Iterator[Row]]":
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Row]:
        return self._rows(build(*args, **kwargs))

    as_method(method, build)
    return method


def _collected(build: Callable[P, Pages]) -> "Callable[Concatenate[Client, P], list[Row]]":
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        return list(self._rows(build(*args, **kwargs)))

    as_method(method, build)
    return method


def _downloaded(build: Callable[P, Download]) -> "Callable[Concatenate[Client, P], None]":
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> None:
        self._download(build(*args, **kwargs))

    as_method(method, build)
    return method


class Client:
    """Little Bell at `url`, with an API key; works on the key's tenant. Methods are Database's, and raise domain.errors.

    What can't be reached or is busy is asked again, `attempts` times in all; nothing is done twice. What is read holds what this
    client wrote before. Threads may share one; close() it, or use it in a `with`.
    """

    def __init__(
        self, url: str, key: str, *, timeout: float = 30.0, attempts: int = 5, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._line = Line(url, key, timeout)
        self._attempts = attempts
        self._http = httpx.Client(transport=transport, **self._line.options)

    create_campaign = _called(campaigns.create_campaign)
    update_campaign = _called(campaigns.update_campaign)
    delete_campaign = _called(campaigns.delete_campaign)
    get_campaign = _called(campaigns.get_campaign)
    get_campaign_metrics = _called(campaigns.get_campaign_metrics)
    get_campaign_analytics = _called(campaigns.get_campaign_analytics)
    get_all_campaigns = _collected(campaigns.get_all_campaigns)
    iterate_campaigns = _iterated(campaigns.get_all_campaigns)
    export_campaign_to_csv = _downloaded(campaigns.export_campaign_to_csv)
    export_campaign = _downloaded(campaigns.export_campaign)
    create_message = _called(calls.create_message)
    register_message = _called(calls.register_message)
    register_messages = _called(calls.register_messages)
    add_recipients = _called(calls.add_recipients)
    get_recipients = _collected(recipients.get_recipients)
    iterate_recipients = _iterated(recipients.iterate_recipients)
    count_recipients = _called(recipients.count_recipients)
    get_segments = _called(recipients.get_segments)
    export_recipients = _downloaded(recipients.export_recipients)
    export_recipient = _called(recipients.export_recipient)
    erase_recipient = _called(recipients.erase_recipient)
    get_message = _called(calls.get_message)
    get_message_by_token = _called(calls.get_message_by_token)
    get_campaign_messages = _collected(campaigns.get_campaign_messages)
    iterate_messages = _iterated(calls.iterate_messages)
    update_message_sent = _called(calls.update_message_sent)
    update_message_opened = _called(calls.update_message_opened)
    update_message_clicked = _called(calls.update_message_clicked)
    update_message_bounced = _called(calls.update_message_bounced)
    add_bounce = _called(calls.add_bounce)
    track_link_click = _called(calls.track_link_click)
    add_message_event = _called(calls.add_message_event)
    mark_messages = _called(calls.mark_messages)
    sign_link = _called(calls.sign_link)
    sign_links = _called(calls.sign_links)
    instrument = _called(calls.instrument)
    get_summary = _called(calls.get_summary)
    get_sets = _called(calls.get_sets)
    keep_set = _called(calls.keep_set)
    drop_set = _called(calls.drop_set)
    get_bounces = _collected(calls.get_bounces)
    iterate_bounces = _iterated(calls.iterate_bounces)
    get_bounce_reasons = _called(calls.get_bounce_reasons)
    export_bounces_to_csv = _downloaded(calls.export_bounces_to_csv)
    get_suppressions = _collected(suppressions.get_suppressions)
    iterate_suppressions = _iterated(suppressions.iterate_suppressions)
    add_suppression = _called(suppressions.add_suppression)
    add_suppressions = _called(suppressions.add_suppressions)
    remove_suppression = _called(suppressions.remove_suppression)
    check_suppressions = _called(suppressions.check_suppressions)
    import_suppressions_from_csv = _called(suppressions.import_suppressions_from_csv)
    export_suppressions_to_csv = _downloaded(suppressions.export_suppressions_to_csv)
    get_suppression_rules = _called(suppressions.get_suppression_rules)
    set_suppression_rules = _called(suppressions.set_suppression_rules)
    hand_in_report = _called(reports.hand_in_report)
    get_reports = _collected(reports.get_reports)
    iterate_reports = _iterated(reports.iterate_reports)
    get_report = _called(reports.get_report)
    export_report_to_eml = _downloaded(reports.export_report_to_eml)
    review_report = _called(reports.review_report)
    get_webhooks = _called(webhooks.get_webhooks)
    get_webhook_deliveries = _collected(webhooks.get_webhook_deliveries)
    iterate_webhook_deliveries = _iterated(webhooks.iterate_webhook_deliveries)
    rerun_webhook_delivery = _called(webhooks.rerun_webhook_delivery)
    get_campaign_providers = _called(webhooks.get_campaign_providers)
    overrule_event = _called(verdicts.overrule_event)
    take_back_verdict = _called(verdicts.take_back_verdict)
    get_rules = _called(verdicts.get_rules)
    add_rule = _called(verdicts.add_rule)
    remove_rule = _called(verdicts.remove_rule)
    get_campaign_variants = _called(comparisons.get_campaign_variants)
    get_trend = _called(comparisons.get_trend)
    get_alerts = _collected(alerts.get_alerts)
    iterate_alerts = _iterated(alerts.iterate_alerts)
    get_alert_rules = _called(alerts.get_alert_rules)
    set_alert_rule = _called(alerts.set_alert_rule)
    get_alert_destinations = _called(alerts.get_alert_destinations)
    add_alert_destination = _called(alerts.add_alert_destination)
    remove_alert_destination = _called(alerts.remove_alert_destination)
    test_alert_destination = _called(alerts.test_alert_destination)
    get_alert_deliveries = _collected(alerts.get_alert_deliveries)
    get_events = _called(calls.get_events)
    health = _called(calls.health)

    def iterate_events(self, after: int = 0, *, follow: bool = False, every: float = 1.0) -> Iterator[Row]:
        """Events of all messages behind the id `after`; with `follow` for ever, looking for new ones `every` so many seconds."""
        while True:
            for event in (found := self.get_events(after)):
                after = event["id"]
                yield event
            if not found:
                if not follow:
                    return
                time.sleep(every)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _call(self, call: Call[T]) -> T:
        try:
            parts = self._line.parts(call.method, call.path, call.query, call.body, call.media_type)
            answer = self._answer(self._http.build_request(**parts))
        except NotFound:
            if call.absent:
                return call.absent()
            raise
        return call.read(content_of(answer))

    def _rows(self, pages: Pages) -> Iterator[Row]:
        taken, cursor = 0, None
        while pages.limit is None or taken < pages.limit:
            parts = self._line.parts("GET", pages.path, page_query(pages, taken, cursor))
            answer = self._answer(self._http.build_request(**parts))
            found = rows(content_of(answer))
            yield from found
            taken, cursor = taken + len(found), answer.headers.get("x-next-cursor")
            if cursor is None:
                return

    def _download(self, what: Download) -> None:
        request = self._http.build_request(**self._line.parts("GET", what.path, what.query))
        with new_file(what.output_path, what.advance) as file:
            answer = self._answer(request, file)
            if not is_a_file(answer):
                raise strange(answer)

    def _answer(self, request: httpx.Request, file: BinaryIO | None = None) -> httpx.Response:
        attempts = Attempts(1 if file and not file.seekable() else self._attempts)
        while True:
            outcome = self._attempt(request, file)
            pause = attempts.pause_after(outcome)
            if pause is None:
                return self._line.settle(request, outcome, attempts.is_repeated)
            time.sleep(pause)

    def _attempt(self, request: httpx.Request, file: BinaryIO | None) -> Outcome:
        try:
            answer = self._http.send(request, stream=True)
            with closing(answer):
                if file is None or not is_a_file(answer):
                    answer.read()
                    return answer
                begin_anew(file)
                file.writelines(answer.iter_bytes())
                return answer
        except httpx.TransportError as error:
            return error
