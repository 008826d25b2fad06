"""The first start of an installation, by several nodes at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from little_bell.config import Settings
from little_bell.first_run import first_run


def test_of_nodes_that_start_together_one_makes_what_is_missing(database: str, tmp_path: Path) -> None:
    settings = Settings(database=database, data_dir=tmp_path, secret_key="a secret for all nodes of this cluster")
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: first_run(settings), range(4)))
    assert sum(one is not None for one in made) == 1
    [credentials] = [one for one in made if one is not None]
    assert credentials.password and credentials.api_key
