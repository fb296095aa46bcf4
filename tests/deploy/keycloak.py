"""The real Keycloak with the realm of `deploy/keycloak`, as docker-compose.yml starts it, but from Maven's archive and with a database of its own."""

import hashlib
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml

from services.chassis.web.assets import REPOSITORY
from services.console import realm_document
from services.console.local.process import MissingPart, Process, free_port

VERSION = "26.4.7"
SHA256 = "dd9834c023460be856f731423d86228c23b5d002194a2064642bec0cc6573eaa"
ARCHIVE = REPOSITORY / "var" / "keycloak" / f"keycloak-quarkus-dist-{VERSION}.zip"
FETCH = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
QUICK_TO_START = "-XX:TieredStopAtLevel=1"
LONGEST_START = 300.0
"""It builds itself at its first start, which takes most of a minute of a machine that does nothing else."""


def fetched() -> Path:
    """Bring the archive where it is not there, and give it; raise `MissingPart`."""
    if not _is_right():
        for program in ("java", "mvn"):
            if shutil.which(program) is None:
                raise MissingPart(f"there is no {program}: install default-jre-headless and maven")
        command = ["mvn", "-q", "-B", FETCH, f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip", f"-DoutputDirectory={ARCHIVE.parent}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise MissingPart(f"Keycloak could not be fetched: {done.stdout[-1000:]}")
        if not _is_right():
            raise MissingPart(f"{ARCHIVE} is not what was published as Keycloak {VERSION}")
    return ARCHIVE


def _is_right() -> bool:
    if not ARCHIVE.exists():
        return False
    with ARCHIVE.open("rb") as archive:
        return hashlib.file_digest(archive, "sha256").hexdigest() == SHA256


@contextmanager
def keycloak(archive: Path, address: str, public_url: str, secret: str) -> Iterator[None]:
    """Serve it at an address, for the services at another."""
    with tempfile.TemporaryDirectory(prefix="onewindow-keycloak-") as name:
        zipfile.ZipFile(archive).extractall(name)
        home = Path(name) / f"keycloak-{VERSION}"
        (home / "data" / "import").mkdir(parents=True)
        shutil.copy(realm_document.PATH, home / "data" / "import")
        environment = {
            "KC_HOSTNAME": address,
            "JAVA_OPTS_KC_HEAP": "-Xmx512m",
            "JAVA_OPTS_APPEND": QUICK_TO_START,
            "ONEWINDOW_PUBLIC_URL": public_url,
            "ONEWINDOW_CLIENT_SECRET": secret,
        }
        command = ["sh", str(home / "bin" / "kc.sh"), *_as_composed(), f"--http-port={urlsplit(address).port}", f"--http-management-port={free_port()}"]
        process = Process("keycloak", command, Path(name) / "keycloak.log", environment=environment)
        process.start(lambda: _serves(address), LONGEST_START)
        try:
            yield
        finally:
            process.kill()


def _as_composed() -> list[str]:
    command: list[str] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["keycloak"]["command"]
    return command


def _serves(address: str) -> bool:
    try:
        return httpx.get(f"{address}/realms/onewindow/.well-known/openid-configuration").is_success
    except httpx.HTTPError:
        return False
