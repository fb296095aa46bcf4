"""PostgreSQL on this machine, from Debian's packages: one server, a database and an owner for each service."""

import getpass
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from services.console.local.process import MissingPart, Process

DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"


def find_postgres(program: str = "postgres", packages: Path = DEBIAN) -> Path:
    """Give the folder of the newest PostgreSQL that has a program, by default the server; raise `MissingPart`."""
    installed = sorted(packages.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    if found := shutil.which(program):
        return Path(found).resolve().parent
    package = "postgresql" if program == "postgres" else "postgresql-client"
    raise MissingPart(f"there is no {program} of PostgreSQL: install {package}")


class Postgres:
    """A server whose data lie in a folder and outlive a stop. It refuses to run as root, so that root runs it as the user postgres.

    `wal_megabytes` is how large the files of its write-ahead log are, from the beginning on.
    """

    def __init__(self, folder: Path, port: int, *, wal_megabytes: str = "16", **settings: str) -> None:
        self._programs = find_postgres()
        self._user = USER if os.geteuid() == 0 else None
        self._port = port
        self._data = folder / "data"
        self._wal_megabytes = wal_megabytes
        folder.mkdir(parents=True, exist_ok=True)
        if self._user:
            account = pwd.getpwnam(USER)
            os.chown(folder, account.pw_uid, account.pw_gid)
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "500", **settings}
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(port), *(f"-c{name}={value}" for name, value in options.items())]
        self.process = Process("postgres", command, folder / "postgres.log", user=self._user)

    def url(self, database: str = "{service}") -> str:
        """Give the address of a database, by default with a place for the name of the service."""
        return f"postgresql+psycopg://{database}@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start it and return when it takes connections."""
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self.process.start(self._serves)

    def stop(self) -> None:
        """Stop it without waiting for those who are connected."""
        self.process.stop(signal.SIGINT)

    def make(self, *names: str) -> None:
        """Make databases, each with an owner of its own name, where they are not there."""
        with self.connection() as connection:
            there = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            for name in names:
                if name not in there:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
                    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(name)))

    def connection(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as the superuser."""
        return psycopg.connect(host="127.0.0.1", port=self._port, user=self._user or getpass.getuser(), dbname=database, autocommit=True)

    def _initialise(self) -> None:
        # Nobody but this machine reaches it.
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", f"--wal-segsize={self._wal_megabytes}"]
        command = [str(self._programs / "initdb"), "-D", str(self._data), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, user=self._user)  # noqa: S603
        if done.returncode:
            raise MissingPart(f"PostgreSQL's folder could not be prepared: {done.stderr[-1000:]}")

    def _serves(self) -> bool:
        try:
            self.connection().close()
        except psycopg.OperationalError:
            return False
        return True
