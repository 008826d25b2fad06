"""Several processes of a server count as one, also when one of them is replaced."""

from pathlib import Path

from little_bell.ingest.counters import Counters
from little_bell.ingest.sharing import SharedCounters


def process(folder: Path, number: int, opens: int, server: str = "7") -> SharedCounters:
    own = Counters()
    for _ in range(opens):
        own.answer("opened", 0.002)
    own.drops["journal_full"] += number
    shared = SharedCounters(own, folder, server)
    shared._path = folder / f"{server}-{number}.json"
    shared.start()
    shared.keep()
    return shared


def test_each_process_tells_of_all_and_none_is_counted_twice(tmp_path: Path) -> None:
    one, two, three = (process(tmp_path, number, opens) for number, opens in ((1, 5), (2, 7), (3, 0)))
    for asked in (one, two, three):
        assert asked.answered == {"opened": 12} and asked.drops == {"journal_full": 6}
        assert sum(asked.latency) == 12 and round(asked.latency_sum, 6) == 0.024


def test_a_process_that_is_replaced_takes_nothing_with_it_and_another_servers_figures_are_its_own(tmp_path: Path) -> None:
    process(tmp_path, 1, 5)
    assert process(tmp_path, 2, 1).answered == {"opened": 6}
    assert process(tmp_path, 3, 2, server="8").answered == {"opened": 2}
    (tmp_path / "8-9.json").write_text("half a fi")
    assert process(tmp_path, 4, 1, server="8").answered == {"opened": 3}
