"""The settings: from the environment (ONEWINDOW_…), with defaults that work for one process without other parts."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.mail import Mail
from services.chassis.storage.database import sqlite_file
from services.chassis.web.assets import REPOSITORY


class Settings(BaseSettings):
    """Where data lie, where we listen, and which mail server sends for us.

    `database` is the address of a PostgreSQL database with `{service}` for the name of the service; without it, each has an SQLite file in `var`.
    `kafka` is the address of a broker; without it, all services run in one process. `topics` is what the names of all topics begin with,
    `replicas` how many brokers keep each.
    `issuer` is an OIDC provider, by default our own; `directory` is where it says who `{subject}` is, asked with `client_secret`.
    `trial` lets programs log people in by their passwords: for the sample accounts only.
    """

    model_config = SettingsConfigDict(env_prefix="ONEWINDOW_")

    var: Path = REPOSITORY / "var"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    database: str = ""
    kafka: str = ""
    topics: str = "onewindow"
    replicas: int = 1
    issuer: str = ""
    directory: str = ""
    client_secret: str = ""
    trial: bool = True
    catalogue: Path = REPOSITORY / "deploy" / "catalogue"
    accounts: Path = REPOSITORY / "deploy" / "accounts" / "sample.yaml"
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = False
    smtp_sender: str = "onewindow@localhost"

    @property
    def address(self) -> str:
        """The address under which people reach us."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def provider(self) -> str:
        """The issuer of the tokens that we trust."""
        return self.issuer.rstrip("/") or f"{self.address}/identity"

    def database_of(self, service: str) -> str:
        """Give the address of a service's database."""
        return self.database.replace("{service}", service) if self.database else sqlite_file(self.var / f"{service}.sqlite")

    @property
    def mail(self) -> Mail | None:
        """The mail server, if one is named."""
        if not self.smtp_host:
            return None
        return Mail(self.smtp_host, self.smtp_port, self.smtp_sender, self.smtp_user, self.smtp_password, self.smtp_starttls)
