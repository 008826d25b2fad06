"""The lists are read as they are now, and parsed once for as long as they say the same."""

from pathlib import Path

from little_bell.projector.lists import read_lists, read_mailboxes


def test_a_list_that_was_exchanged_is_read_anew(tmp_path: Path) -> None:
    networks, mailboxes = tmp_path / "networks.txt", tmp_path / "mailboxes.txt"
    networks.write_text("scanner 90.1.2.0/24")
    mailboxes.write_text("Gmail: example.com")
    before, provider = read_lists(str(tmp_path)), read_mailboxes(str(tmp_path)).of("ann@example.com")
    networks.write_text("scanner 91.1.2.0/24")
    mailboxes.write_text("Yahoo: example.com")
    after = read_lists(str(tmp_path))
    assert [lists.networks.label_of(address) for lists in (before, after) for address in ("90.1.2.3", "91.1.2.3")] == [
        "scanner", "", "", "scanner",
    ]  # fmt: skip
    assert (provider, read_mailboxes(str(tmp_path)).of("ann@example.com")) == ("Gmail", "Yahoo")


def test_a_list_that_says_the_same_is_parsed_once() -> None:
    assert read_lists() is read_lists()
    assert read_mailboxes() is read_mailboxes()
