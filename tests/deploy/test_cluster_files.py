"""The files for a cluster are what the programs they are for understand, and name what there is."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from little_bell.config import Settings, variable
from little_bell.supervisor import ROLES
from tests.deploy.conftest import DEPLOY, program
from tests.deploy.keda import SCALED_OBJECT
from tests.fixtures.app import RunningApp
from tests.fixtures.postgres import QUICK, postgres_programs, postgres_server, unprivileged

CLUSTER = DEPLOY / "cluster"
COMPOSE: dict[str, Any] = yaml.safe_load((CLUSTER / "compose.yaml").read_text())
MANIFESTS: list[dict[str, Any]] = [
    manifest for name in ("little-bell.yaml", "scaling.yaml") for manifest in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text())
]
KUBERNETES = "1.33"
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "little-bell"}
KNOWN = {variable(name) for name in Settings.model_fields}


@pytest.mark.parametrize("name", ["compose.yaml", "cluster/compose.yaml"])
def test_compose_files_keep_to_the_specification(name: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run(*command: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_the_cluster_has_every_part_as_often_as_it_needs() -> None:
    roles = [service["command"][-1] for service in OURS.values()]
    assert sorted(roles) == ["ingest", "ingest", "projector", "projector", "web", "web"]
    images = [service["image"].partition(":")[0] for name, service in COMPOSE["services"].items() if name not in OURS]
    assert sorted(images) == ["nats", "nats", "nats", "nginx", "postgres", "postgres", "redis"]


def test_the_cluster_names_settings_volumes_files_and_services_that_there_are() -> None:
    for name, service in COMPOSE["services"].items():
        if name in OURS:
            assert service["command"][:3] == ["little-bell", "serve", "--role"] and service["command"][3] in ROLES
            assert set(service["environment"]) <= KNOWN, name
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (CLUSTER / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"], volume
    for name, service in OURS.items():
        assert ("LITTLE_BELL_DATABASE_URL" in service["environment"]) == (not name.startswith("ingest"))
        assert "LITTLE_BELL_SECRET_KEY" in service["environment"] and "LITTLE_BELL_JOURNAL_URL" in service["environment"]


def test_the_nodes_health_check_tells_a_server_that_answers(app_server: RunningApp) -> None:
    [check] = {service["healthcheck"]["test"][3] for service in OURS.values() if "test" in service["healthcheck"]}
    for url, code in ((app_server.url, 0), ("http://127.0.0.1:9", 1)):
        text = check.replace("http://127.0.0.1:3000", url)
        assert subprocess.run([sys.executable, "-c", text], capture_output=True, check=False).returncode == code


@pytest.mark.parametrize("role", ["ingest", "projector", "web"])
def test_the_nodes_commands_are_understood(role: str) -> None:
    done = subprocess.run([sys.executable, "-m", "little_bell", "serve", "--role", role, "--help"], capture_output=True, check=False)
    assert done.returncode == 0


def test_nats_understands_its_file(tmp_path: Path) -> None:
    server = Path(sys.executable).with_name("nats-server")
    if not server.exists():
        pytest.skip("nats-server isn't installed")
    text = (CLUSTER / "nats.conf").read_text()
    for needed in ("sync_interval: always", "max_payload: 8MB", "store_dir: /data"):
        assert needed in text
    (tmp_path / "nats.conf").write_text(text.replace("store_dir: /data", f"store_dir: {tmp_path}"))
    for name in ("nats-1", "nats-2", "nats-3"):
        assert f"nats://{name}:6222" in text and COMPOSE["services"][name]["environment"] == {"NATS_NAME": name}
        environment = {**os.environ, "NATS_NAME": name}
        done = subprocess.run([server, "-t", "-c", tmp_path / "nats.conf"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "is valid" in done.stdout + done.stderr, done.stdout + done.stderr


def test_nginx_understands_the_clusters_file(tmp_path: Path) -> None:
    text = (CLUSTER / "nginx.conf").read_text()
    named = set(re.findall(r"server ([\w-]+):3000", text))
    assert named == {name for name in OURS if not name.startswith("projector")}
    site = re.sub(r"server [\w-]+:3000", "server 127.0.0.1:3000", text).replace("listen 80;", "listen 127.0.0.1:8080;")
    (tmp_path / "site.conf").write_text(site)
    temporary = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    inner = f"access_log off; {temporary} include {tmp_path}/site.conf;"
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} http {{ {inner} }}")
    done = run(program("nginx"), "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf")
    assert done.returncode == 0, done.stderr


def test_the_replicas_script_copies_the_primary_that_the_other_script_made_ready(tmp_path: Path) -> None:
    programs = postgres_programs()
    assert programs is not None
    with postgres_server([*QUICK]) as url:
        folder = Path(url.partition("host=")[2])
        path = f"{programs}:{os.environ['PATH']}"
        make = {"PATH": path, "PGHOST": str(folder), "PGDATA": str(folder / "data"), "REPLICATION_PASSWORD": "it's secret"}
        done = run("bash", CLUSTER / "primary.sh", env={**make, "POSTGRES_USER": "postgres", "POSTGRES_DB": "postgres"})
        assert done.returncode == 0, done.stderr
        assert "replicator" in (folder / "data" / "pg_hba.conf").read_text()
        copy = folder / "copy"
        copy.mkdir()
        identity = unprivileged(copy)
        script = (CLUSTER / "replica.sh").read_text()
        (folder / "replica.sh").write_text(script.replace("exec postgres ", "exec postgres -C hot_standby_feedback "))  # says it, and ends
        (folder / "replica.sh").chmod(0o644)  # whatever umask a command run before in this process has set
        asked = {"PATH": path, "PGDATA": str(copy), "PRIMARY": str(folder), "PGPASSWORD": "it's secret", "HOME": "/tmp"}
        done = run("bash", folder / "replica.sh", env=asked, cwd=folder, **identity)
        assert done.stdout.split() == ["on"], done.stderr
        assert (copy / "standby.signal").exists()


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: f"{manifest['kind']} {manifest['metadata']['name']}")
def test_kubernetes_understands_its_manifests(manifest: dict[str, Any]) -> None:
    if manifest["apiVersion"].startswith("keda.sh/"):
        jsonschema.validate(manifest, SCALED_OBJECT)
    else:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def workloads() -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in MANIFESTS if one["kind"] in ("Deployment", "StatefulSet")}


def test_manifests_name_settings_roles_and_each_other() -> None:
    [settings] = [one["data"] for one in MANIFESTS if one["kind"] == "ConfigMap"]
    assert set(settings) <= KNOWN
    found = workloads()
    assert set(found) == {"ingest", "projector", "web"}
    for name, one in found.items():
        [container] = one["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["little-bell", "serve", "--role", name] and name in ROLES
        assert one["spec"]["selector"]["matchLabels"].items() <= one["spec"]["template"]["metadata"]["labels"].items()
        budgets = [budget for budget in MANIFESTS if budget["kind"] == "PodDisruptionBudget" and budget["metadata"]["name"] == name]
        assert [budget["spec"]["selector"] for budget in budgets] == [one["spec"]["selector"]]
        words = [word for word in container if word.endswith("Probe")]
        probes = {word: container[word]["httpGet"]["path"] for word in words}
        assert set(probes.values()) <= {"/health", "/ready"} and (len(probes) == 3) == (name != "projector")
    targets = {one["spec"]["scaleTargetRef"]["name"] for one in MANIFESTS if "scaleTargetRef" in one.get("spec", {})}
    assert targets == set(found)
    [ingress] = [one for one in MANIFESTS if one["kind"] == "Ingress"]
    services = {one["metadata"]["name"] for one in MANIFESTS if one["kind"] == "Service"}
    assert {path["backend"]["service"]["name"] for path in ingress["spec"]["rules"][0]["http"]["paths"]} == services


def test_projectors_follow_a_metric_that_there_is_up_to_as_many_as_there_are_partitions(app_server: RunningApp) -> None:
    [scaled] = [one for one in MANIFESTS if one["kind"] == "ScaledObject"]
    [trigger] = scaled["spec"]["triggers"]
    [metric] = re.findall(r"\blittle_bell_\w+", trigger["metadata"]["query"])
    with app_server.client() as api:
        assert f"# TYPE {metric} gauge" in api.get("/metrics").text
    [settings] = [one["data"] for one in MANIFESTS if one["kind"] == "ConfigMap"]
    assert scaled["spec"]["maxReplicaCount"] == int(settings["LITTLE_BELL_JOURNAL_PARTITIONS"])
