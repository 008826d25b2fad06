"""After a load the projector gives back what it took for it; amid one it keeps what it needs."""

from pathlib import Path

import pytest
import ua_parser

from little_bell.db import make_engine
from little_bell.projector import calm
from little_bell.projector.clients import client_of

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0"


def has_parser() -> bool:
    return "parser" in vars(ua_parser)


def test_what_a_load_took_is_given_back_once_it_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "SECONDS", 0.0)
    engine = make_engine(f"sqlite:///{tmp_path / 'some.db'}")
    resting = calm.Calm(engine)
    assert client_of(AGENT, ()).client == "Thunderbird"

    resting.after(calm.FEW - 1)
    resting.use()
    assert has_parser(), "so little is no load"
    resting.after(calm.LOAD)
    resting.use()
    assert has_parser(), "as much may come again at once"
    resting.use()
    assert not has_parser()

    assert client_of(AGENT, ()).client == "Thunderbird", "it is made anew where it is needed"
    engine.dispose()
