"""The installation's secret is made once, kept for its owner alone, and can be given instead."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from little_bell.config import Settings
from little_bell.secret_key import FILE, key_ring


def _settings(data_dir: Path, secret_key: str = "") -> Settings:
    return Settings(_env_file=None, data_dir=data_dir, secret_key=secret_key)  # type: ignore[call-arg]


def test_it_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "data")
    mac = key_ring(settings).sign("test", b"data")
    assert key_ring(settings).verify("test", b"data", mac)
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE]


def test_of_many_that_make_it_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        macs = set(pool.map(lambda _: key_ring(_settings(tmp_path)).sign("test", b"data"), range(32)))
    assert len(macs) == 1


def test_the_newest_of_several_signs_and_the_older_still_verify(tmp_path: Path) -> None:
    old, new = "o" * 32, "n" * 32
    made_before = key_ring(_settings(tmp_path, old)).sign("test", b"data")
    ring = key_ring(_settings(tmp_path, f"{new}, {old}"))
    assert ring.verify("test", b"data", made_before)
    assert ring.sign("test", b"data") == key_ring(_settings(tmp_path, new)).sign("test", b"data")
    assert not list(tmp_path.iterdir())


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 16 characters"):
        key_ring(_settings(tmp_path, "short"))
