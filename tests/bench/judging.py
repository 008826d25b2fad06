"""Verdicts: what one costs, and how well the simulator's people and machines are told apart."""

import random
import time

from rich import box
from rich.console import Console
from rich.table import Table

from little_bell.domain.verdicts.behaviour import judge_behaviour
from little_bell.domain.verdicts.request import RequestJudge
from little_bell.domain.verdicts.seen import HandOver, Seen
from little_bell.projector.lists import read_lists
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.simulator import agents, places
from tests.simulator.over_http import journaled_by_a_server
from tests.simulator.populations import POPULATIONS, Population
from tests.simulator.scene import MACHINE, PERSON
from tests.simulator.score import VERDICTS, Score
from tests.simulator.stage import Stage

#: As many readers as a large campaign has in an hour, each with an address of their own.
READERS = 200_000


def verdicts(bench: Bench) -> list[Figure]:
    """Microseconds for the request alone, and for a message judged by its neighbours."""
    rng = random.Random(1)
    known = [agents.GMAIL_VIEW] * 200 + [agents.APPLE_PROXY] * 150 + [agents.browser(rng) for _ in range(150)]
    readers = [places.home(rng) for _ in range(READERS)]
    kinds = ("opened", "opened", "clicked")
    events = [(rng.choice(kinds), rng.choice(readers), rng.choice(known)) for _ in range(bench.scaled(1_000_000))]
    judge = RequestJudge(read_lists()).judge
    started = time.process_time()
    for kind, address, agent in events:
        judge(kind, address, agent, "", False, True)
    alone = (time.process_time() - started) / len(events) * 1e6
    note = f"{len(events):,} events, {READERS:,} addresses"
    return [
        Figure("verdict by the request", alone, "µs", ceiling=3, note=note),
        Figure("verdicts of a clicked message by its neighbours", _together(bench), "µs", note="an open and six clicks of a gateway"),
    ]


def _together(bench: Bench) -> float:
    count = bench.scaled(20_000)
    messages = [
        [Seen(n, "clicked" if n else "opened", 10**9 + n * 400_000, 7, 3, f"/{n}", "browser") for n in range(7)] for _ in range(count)
    ]
    started = time.process_time()
    for message in messages:
        judge_behaviour(message, HandOver(sent_at=0))
    return (time.process_time() - started) / count * 1e6


def simulator(bench: Bench) -> list[Figure]:
    """The confusion table of each population, played to a real server, and its figures beside what they must be."""
    figures = []
    for population in POPULATIONS:
        bench.say(f"playing the {population.name}")
        stage = Stage(bench.folder / f"simulated-{population.seed}", population, 0.2 if bench.is_quick else 1.0)
        score = Score.of(stage.play(journaled_by_a_server(stage)))
        _print(population, score)
        figures += _figures(population.name, score)
    return figures


def _print(population: Population, score: Score) -> None:
    table = Table(title=f"{population.name}: {score.letters:,} messages", box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    for column in ("In truth", *VERDICTS):
        table.add_column(column, justify="left" if column == "In truth" else "right")
    for who in (PERSON, MACHINE):
        for kind in ("open", "click"):
            table.add_row(f"{kind}s of a {who}", *(f"{score.count(who, verdict, kind):,}" for verdict in VERDICTS))
    console = Console(highlight=False)
    console.print(table)
    for (actor, reasons), times in score.wrong.most_common(5):
        console.print(f"  {times} × {actor}, judged by {reasons}", style="dim")


def _figures(name: str, score: Score) -> list[Figure]:
    (opened, truly_opened), (clicked, truly_clicked) = score.open_rates, score.click_rates
    return [
        Figure(f"{name}: machine precision", score.precision, floor=0.99),
        Figure(f"{name}: machine recall", score.recall, floor=0.95),
        Figure(f"{name}: human clicks taken for a machine's", score.lost_clicks, "%", ceiling=0.5),
        Figure(
            f"{name}: open rate, off by", abs(opened - truly_opened), "points", ceiling=1, note=f"{opened:.2f} % for {truly_opened:.2f} %"
        ),
        Figure(
            f"{name}: click rate, off by",
            abs(clicked - truly_clicked),
            "points",
            ceiling=1,
            note=f"{clicked:.2f} % for {truly_clicked:.2f} %",
        ),
    ]
