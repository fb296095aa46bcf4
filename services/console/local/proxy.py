"""nginx on this machine: gives all processes one address."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from services.console.local.process import MissingPart, Process, listens


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
    locations = "\n".join(f"        location /{name}/ {{ proxy_pass http://127.0.0.1:{there}; }}" for name, there in ports.items())
    return f"""daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_max_body_size 64m;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    server {{
        listen 127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        # Live pages are streams: nothing of them may wait in a buffer, nor end because little happens.
        proxy_buffering off;
        proxy_read_timeout 1h;
        location = /metrics {{ return 404; }}
        location /health/ {{ return 404; }}
{locations}
        location / {{ proxy_pass http://127.0.0.1:{ports["intake"]}; }}
    }}
}}
"""
