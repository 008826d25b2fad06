"""Reports that found no message, looked at by somebody: each counts once, for the message that is named or found by then."""

import pytest

from little_bell.journal.records import Report, Review
from tests.projector.conftest import Post
from tests.projector.test_once import Killed, dying_at
from tests.projector.test_reports import LATER, VACATION, bounce_to, came, receipts

STRANGE = bounce_to("stranger@example.net")


def of(report: Report, message_id: int = 0, *, dismiss: bool = False) -> Review:
    return Review(report.tenant_id, LATER, report.digest, message_id, dismiss)


def filed(post: Post, raw: bytes = STRANGE) -> Report:
    report = came(post, raw)
    post.write(report)
    post.project()
    return report


def test_it_is_counted_for_the_message_that_somebody_names(post: Post) -> None:
    [message_id] = post.register("token-one")
    report = filed(post)
    post.write(of(report, message_id))
    post.project()
    assert post.message("token-one").status == "bounced"
    assert receipts(post) == [(post.tenant_id, "matched", "1 bounced")]


def test_it_is_read_once_more_when_its_message_was_registered_late(post: Post) -> None:
    report = filed(post, bounce_to("token-one@example.com", returned="X-Little-Bell-Token: token-one"))
    post.register("token-one")
    post.write(of(report))
    post.project()
    assert post.message("token-one").status == "bounced"


def test_what_is_dismissed_counts_nothing_and_can_be_taken_up_again(post: Post) -> None:
    [message_id] = post.register("token-one")
    report = filed(post)
    post.write(of(report, dismiss=True))
    post.project()
    assert (post.events(), receipts(post)) == ([], [(post.tenant_id, "ignored", "dismissed")])
    post.write(of(report, message_id))
    post.project()
    assert [state for _, state, _ in receipts(post)] == ["matched"]


def test_two_reviews_of_one_report_count_it_once(post: Post) -> None:
    one, two = post.register("token-one", "token-two")
    report = filed(post)
    post.write(of(report, one), of(report, two))
    post.project()
    post.write(of(report, two), of(report, dismiss=True))
    post.project()
    assert [message for _, message in post.events()] == [one]
    assert receipts(post) == [(post.tenant_id, "matched", "1 bounced")]
    assert post.counts()["review_repeated"] == 3
    assert post.recount().differences == []


def test_a_projector_killed_behind_it_counts_it_once(post: Post) -> None:
    [message_id] = post.register("token-one")
    report = filed(post)
    post.write(of(report, message_id))
    with post.projecting() as running, dying_at("write_receipts", Killed()), pytest.raises(Killed):
        running.fold()
    assert [state for _, state, _ in receipts(post)] == ["unmatched"]
    post.project()
    assert len(post.events()) == 1


def test_what_says_nothing_of_a_delivery_stays_as_it_is(post: Post) -> None:
    post.register("token-one")
    report = filed(post, VACATION)
    post.write(of(report), Review(post.tenant_id, LATER, "0" * 64, 1))
    post.project()
    assert (post.events(), [state for _, state, _ in receipts(post)]) == ([], ["ignored"])
