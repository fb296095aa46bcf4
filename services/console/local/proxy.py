"""nginx on this machine: gives all processes one address."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template

from services.chassis.web.assets import REPOSITORY
from services.console.local.process import MissingPart, Process, listens

TEMPLATE = REPOSITORY / "deploy" / "nginx" / "onewindow.conf.template"
"""The same that the proxy of docker-compose.yml has."""


class Proxy:
    """Sends `/{service}/…` to the process of that service, and everything else to intake."""

    def __init__(self, folder: Path, port: int, ports: Mapping[str, int]) -> None:
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        if program is None:
            raise MissingPart("there is no nginx: install nginx-light")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "nginx.conf").write_text(_configuration(folder, port, ports))
        self._port = port
        self.process = Process("nginx", [program, "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf")], folder / "nginx.log")

    def start(self) -> None:
        """Start it and return when it listens."""
        self.process.start(lambda: listens(self._port))


def _configuration(folder: Path, port: int, ports: Mapping[str, int]) -> str:
    places = {name.upper(): f"127.0.0.1:{there}" for name, there in ports.items()}
    server = Template(TEMPLATE.read_text(encoding="utf-8")).safe_substitute(places, LISTEN=f"127.0.0.1:{port}", IDENTITY_PATH="/identity")
    return f"""daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
{server}}}
"""
