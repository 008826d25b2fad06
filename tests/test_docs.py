"""Documents are tested: what can be set, called or run has its place in them."""

import contextlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from little_bell import Client, Database
from little_bell.cli.app import app
from little_bell.config import Settings, variable
from little_bell.providers import PROVIDERS, Provider
from tests.fixtures.app import RunningApp

ROOT = Path(__file__).resolve().parents[1]
COMMAND_LINE = ROOT / "docs/command-line.md"


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_has_its_heading(name: str) -> None:
    assert re.search(rf"^### {variable(name)}$", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE)


def test_no_heading_names_a_setting_that_is_gone() -> None:
    headings = set(re.findall(r"^### (LITTLE_BELL_\w+)$", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE))
    assert headings == {variable(name) for name in Settings.model_fields}


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]))
def test_every_link_to_a_file_leads_to_one(page: str) -> None:
    folder = (ROOT / page).parent
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text())
    assert [target for target in targets if not (folder / target).exists()] == []


def test_every_folder_of_the_package_stands_on_the_readmes_map() -> None:
    map_of_folders = (ROOT / "README.md").read_text()
    folders = [path.name for path in (ROOT / "little_bell").iterdir() if path.is_dir() and any(path.glob("*.py"))]
    assert [name for name in folders if f"{name}/" not in map_of_folders] == []


def test_the_readmes_sender_example_runs(app_server: RunningApp) -> None:
    example = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert example is not None
    text = example[1].replace("http://localhost:3000", app_server.url).replace("lb_…", app_server.api_key)
    names: dict[str, Any] = {}
    exec(compile(text, "README.md", "exec"), names)

    with app_server.client() as client, contextlib.closing(names["bell"]):
        assert client.get(names["message"]["pixel_url"]).headers["content-type"] == "image/gif"
        assert client.get(names["link"]).headers["location"] == "https://example.com/offer"
        assert client.get(f"/api/messages/{names['message']['id']}").json()["sent_at"]
    assert names["link"] in names["html"] and names["message"]["pixel_url"] in names["html"]


def test_the_examples_of_the_page_on_python_run(app_server: RunningApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "TENANT", "SECRET_KEY"):
        monkeypatch.delenv(f"LITTLE_BELL_{name}", raising=False)
    monkeypatch.setenv("LITTLE_BELL_DATA_DIR", str(tmp_path / "data"))
    page = (ROOT / "docs/python.md").read_text().replace("http://localhost:3000", app_server.url).replace("lb_…", app_server.api_key)
    names: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(example, "docs/python.md", "exec"), names)
    assert (names["metrics"]["sent"], names["sent"], len(names["made"])) == (1, 2, 100)
    assert names["link"] in names["html"] and "List-Unsubscribe" in names["headers"]


def test_the_page_on_python_names_every_method() -> None:
    page = (ROOT / "docs/python.md").read_text()
    methods = {name for kind in (Client, Database) for name in dir(kind) if not name.startswith("_")} - {"close", "over"}
    assert {name for name in methods if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("provider", list(PROVIDERS.values()), ids=list(PROVIDERS))
def test_every_provider_has_its_heading_and_its_row(provider: Provider) -> None:
    page = (ROOT / "docs/providers.md").read_text()
    assert f"\n## {provider.title}\n" in page
    assert f"| `/webhooks/{provider.name}/{{tenant}}` |" in page


def _commands(command: Any, *words: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(words), command
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, *words, name)


def test_every_command_has_its_row_with_all_its_options_and_what_it_says_of_itself() -> None:
    row_of = re.compile(r"^\| `([a-z][a-z -]*?)(?: [A-Z[].*?)?`.*$", re.MULTILINE)
    rows = {match[1]: match[0] for match in row_of.finditer(COMMAND_LINE.read_text())}
    for name, command in _commands(get_command(app)):
        row = rows.pop(name, "")
        options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
        told = [*(word for option in options for word in (*option.opts, *option.secondary_opts)), " ".join(command.help.split())]
        assert [word for word in told if word not in row] == [], name
    assert not rows, "of commands that are gone"


def test_the_commands_that_work_over_http_are_those_that_say_so() -> None:
    page = COMMAND_LINE.read_text()
    for name, command in _commands(get_command(app)):
        source = inspect.getsource(command.callback.__wrapped__ if hasattr(command.callback, "__wrapped__") else command.callback)
        says = re.search(rf"^\| `{name}[` ].*\| (yes)? ?\|$", page, re.MULTILINE)
        assert says is not None and (says[1] == "yes") is ("reached(" in source), name
