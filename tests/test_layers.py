"""The arrows of the house: which part may know which, read from every import, wherever it stands."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from little_bell.config import ROOT

PACKAGE = ROOT / "little_bell"
#: Small modules that stand beside the layers; whoever may know one of them says so.
GROUND = {"bulletin", "config", "db", "files", "instance", "lifeline", "logs", "recorder", "replica", "sealing", "secret_key"}
#: Everything but the web app: what commands may use.
BELOW_THE_WEB_APP = {
    "actions",
    "alerts",
    "api",
    "domain",
    "export_files",
    "ingest",
    "journal",
    "mail",
    "mailroom",
    "migrations",
    "models",
    "projector",
    "providers",
    "queries",
    "recipients",
    "selftest",
    "server",
} | GROUND
COMMANDS = {
    "backup",
    "chores",
    "cli",
    "database",
    "doctor",
    "first_run",
    "installation",
    "recording",
    "restore",
    "seed",
    "verify",
    "web_build",
    "takeover",
}

#: Each layer, and what it may import.
ARROWS: dict[str, set[str]] = {
    "domain": set(),
    "models": {"domain"},
    "journal": {"domain"},
    "mail": {"domain"},
    "providers": {"domain", "journal"},
    "ingest": {"domain", "journal", "providers"},
    "queries": {"domain", "models"},
    "actions": {"domain", "models"},
    "alerts": {"actions", "queries", "domain", "models"} | GROUND,
    "projector": {"domain", "journal", "models", "mail", "providers"} | GROUND,
    "api": {"actions", "queries", "journal", "domain", "mail", "providers", "db", "config", "recipients", "replica", "sealing"}
    | {"export_files"},
    "ui": {"actions", "queries", "journal", "domain", "db", "mail", "recipients", "replica", "providers", "sealing", "selftest"}
    | {"export_files", "bulletin"},
    "export_files": {"domain", "queries", "files"},
    "recipients": {"actions", "domain"},
    "mailroom": {"domain", "journal", "queries"} | GROUND,
    "server": {"ingest", "api", "queries", "journal", "domain", "providers", "tenant_board", "webhook_desk"} | GROUND,
    "little_bell": {"ui", "server"},
    "asgi": {"alerts", "domain", "little_bell", "server", "ui", "security_headers", "web_build", "config"},
    "web_server": {"asgi", "server"} | GROUND,
    "supervisor": {"lifeline", "logs"},
    "migrations": {"domain", "models"} | GROUND,
    "security_headers": set(),
    "__init__": {"client", "database", "domain", "mail"},
    "__main__": {"cli"},
    "client": {"domain", "files", "journal"},
    "bulletin": set(),
    "config": set(),
    "db": set(),
    "files": set(),
    "instance": {"db", "models"},
    "lifeline": set(),
    "logs": set(),
    "recorder": {"config", "instance", "journal"},
    "replica": {"db"},
    "sealing": {"domain"},
    "secret_key": {"config", "domain"},
    "selftest": {"domain"},
    "tenant_board": {"ingest", "journal", "sealing"},
    "webhook_desk": {"actions", "queries", "ingest", "journal", "domain", "db", "sealing"},
} | dict.fromkeys(COMMANDS, BELOW_THE_WEB_APP | COMMANDS | {"client"})

#: Libraries, and the only parts that may know them.
LIBRARIES = {
    "reflex": {"ui", "little_bell", "web_build"},
    "fastapi": {"api"},
    "starlette": {"api"},
    "granian": {"web_server"},
    "typer": {"cli", "seed"},
    "sqlmodel": {"models"},
    "sqlalchemy": {"actions", "alerts", "api", "cli", "ui", "db", "mailroom", "models", "projector", "queries", "server", "webhook_desk"}
    | {"backup", "chores", "database", "doctor", "first_run", "installation", "instance", "migrations", "recorder", "replica", "restore"}
    | {"seed"}
    | {"takeover", "verify"},
    "httpx": {"client"},
    "aiosmtpd": {"mailroom"},
    "imap": {"mailroom"},
    "nats": {"journal"},
}
#: What builds statements. No SQL in api/, ui/ or cli/.
SQL = {"select", "insert", "update", "delete", "text", "func", "and_", "or_"}


def imports() -> Iterator[tuple[Path, str, str]]:
    """Each import in the package: the file, the module, the name taken from it ("" for the module itself)."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0 and node.module, f"{path}: imports are absolute here"
                yield from ((path, node.module, alias.name) for alias in node.names)


def layer_of(path: Path) -> str:
    """The folder or module of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def own(module: str, name: str) -> str | None:
    """The layer that an import reaches; None for another package's, or for what the package itself says of it."""
    parts = [*module.split("."), name]
    return parts[1] if parts[0] == "little_bell" and parts[1] and parts[1] != "__version__" else None


def test_every_part_of_the_package_has_its_place() -> None:
    parts = {layer_of(path) for path in PACKAGE.rglob("*.py")}
    assert parts <= ARROWS.keys(), "say in ARROWS what the new part may know"


def test_no_import_goes_against_an_arrow() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module} {name}".strip()
        for path, module, name in imports()
        if (reached := own(module, name)) and reached != layer_of(path) and reached not in ARROWS.get(layer_of(path), set())
    ]
    assert wrong == []


def test_arrows_lead_one_way_only() -> None:
    known: dict[str, set[str]] = defaultdict(set)
    for path, module, name in imports():
        if (reached := own(module, name)) and reached != layer_of(path):
            known[layer_of(path)].add(reached)
    for part in ("domain", "models", "journal", "ingest", "queries", "actions", "projector", "api", "ui", "server"):
        reachable, waiting = set(), list(known[part])
        while waiting:
            if (step := waiting.pop()) not in reachable:
                reachable.add(step)
                waiting += known[step]
        assert part not in reachable, f"{part} knows itself through others"


def test_the_domain_knows_the_standard_library_and_itself_only() -> None:
    foreign = {
        module
        for path, module, name in imports()
        if layer_of(path) == "domain" and own(module, name) != "domain" and module.split(".")[0] not in sys.stdlib_module_names
    }
    assert foreign == set()


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_a_library_is_known_only_where_it_belongs(library: str) -> None:
    wrong = {
        str(path.relative_to(ROOT))
        for path, module, _ in imports()
        if module.split(".")[0].partition("_")[0] == library and layer_of(path) not in LIBRARIES[library]
    }
    assert wrong == set()


def test_no_statement_is_built_in_pages_routes_or_commands() -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path, module, name in imports()
        if layer_of(path) in ("api", "ui", "cli", "database") and module.split(".")[0] in ("sqlalchemy", "sqlmodel") and name in SQL
    }
    assert wrong == set()


def test_only_entry_points_read_the_settings() -> None:
    readers = {str(path.relative_to(PACKAGE)) for path, _, name in imports() if name == "load_settings"}
    assert {name for name in readers if not name.startswith("cli/")} <= {
        "asgi.py", "database/desk.py", "projector/__main__.py", "mailroom/__main__.py", "server.py", "web_server.py",
        "seed.py", "backup.py", "restore.py",
    }  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """The packages that a fresh Python has loaded after it."""
    program = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_ingest_half_starts_without_reflex() -> None:
    loaded = loaded_by("import little_bell.server, little_bell.api.app")
    assert "fastapi" in loaded and not {name for name in loaded if name.startswith("reflex")}


def test_a_server_on_sqlite_loads_nothing_of_postgresqls() -> None:
    loaded = loaded_by("import little_bell.server, little_bell.api.app")
    assert "sqlalchemy" in loaded and not {name for name in loaded if name.startswith("psycopg")}


def test_mail_clients_are_answered_without_a_framework_or_a_database() -> None:
    loaded = loaded_by("import little_bell.ingest.app, little_bell.journal.local")
    assert not loaded & {"fastapi", "starlette", "pydantic", "sqlalchemy", "sqlmodel"}


def test_the_package_itself_loads_neither_the_web_app_nor_the_api() -> None:
    loaded = loaded_by("import little_bell; [getattr(little_bell, name) for name in getattr(little_bell, '__all__', ())]")
    assert not {name for name in loaded if name.startswith(("reflex", "fastapi"))}


def test_a_client_needs_no_database() -> None:
    assert not loaded_by("from little_bell import Client, AsyncClient") & {"fastapi", "reflex", "sqlalchemy", "pydantic", "alembic"}


def test_a_database_needs_no_server() -> None:
    assert not loaded_by("from little_bell import Database") & {"fastapi", "starlette", "reflex", "granian", "httpx"}


def test_the_supervisor_stays_small() -> None:
    assert not loaded_by("import little_bell.supervisor") & {"fastapi", "reflex", "sqlalchemy", "pydantic"}
