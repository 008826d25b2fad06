"""How well a population was judged: the confusion table, the rates beside the truth, and what was judged wrong."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.simulator.scene import MACHINE, PERSON, PIXEL
from tests.simulator.stage import Played

#: Verdicts in the order of the table's columns.
VERDICTS = ("human", "proxy-human", "machine")


@dataclass(slots=True)
class Score:
    """Counts of requests by truth and verdict, and of messages. `wrong`: actor and reasons."""

    table: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (who, open or click, verdict)
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)
    letters: int = 0
    clicked: int = 0
    human_clicked: int = 0
    knowable: int = 0
    opened: int = 0
    human_opened: int = 0

    @classmethod
    def of(cls, played: Iterable[Played]) -> "Score":
        """Compare with the truth. Who reads without leaving a trace is left out of the open rate: nobody can know."""
        score = cls()
        for each in played:
            score._add(each)
        return score

    def _add(self, played: Played) -> None:
        letter = played.letter
        self.letters += 1
        self.clicked += letter.is_clicked
        self.human_clicked += played.is_human_clicked
        if not letter.is_unknowable:
            self.knowable += 1
            self.opened += letter.is_opened
            self.human_opened += played.is_human_opened
        for request, (verdict, reasons) in zip(letter.requests, played.judged, strict=True):
            self.table[request.who, "open" if request.link == PIXEL else "click", verdict] += 1
            if (verdict == "machine") != (request.who == MACHINE):
                self.wrong[request.why, reasons] += 1

    def count(self, who: str, verdict: str | None = None, kind: str | None = None) -> int:
        """Requests of a kind of actor, with that verdict, of that kind."""
        return sum(n for (w, k, v), n in self.table.items() if w == who and verdict in (None, v) and kind in (None, k))

    @property
    def precision(self) -> float:
        """Of what is labelled machine, how much is."""
        right = self.count(MACHINE, "machine")
        return right / (right + self.count(PERSON, "machine"))

    @property
    def recall(self) -> float:
        """Of what machines did, how much is labelled so."""
        return self.count(MACHINE, "machine") / self.count(MACHINE)

    @property
    def lost_clicks(self) -> float:
        """Percent of people's clicks that are labelled machine."""
        return 100 * self.count(PERSON, "machine", "click") / self.count(PERSON, kind="click")

    @property
    def open_rates(self) -> tuple[float, float]:
        """Percent of letters that people opened: as counted, and in truth."""
        return 100 * self.human_opened / self.knowable, 100 * self.opened / self.knowable

    @property
    def click_rates(self) -> tuple[float, float]:
        """Percent of letters in which people clicked: as counted, and in truth."""
        return 100 * self.human_clicked / self.letters, 100 * self.clicked / self.letters
