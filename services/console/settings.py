"""The settings: from the environment (ONEWINDOW_…), with defaults that work for one process without other parts."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.assets import REPOSITORY
from services.chassis.mail import Mail


class Settings(BaseSettings):
    """Where data lie, where we listen, and which mail server sends for us.

    `database` is the address of a PostgreSQL database with `{service}` for the name of the service; without it, each has an SQLite file in `var`.
    `kafka` is the address of a broker; without it, all services run in one process. `topics` is what the names of all topics begin with.
    """

    model_config = SettingsConfigDict(env_prefix="ONEWINDOW_")

    var: Path = REPOSITORY / "var"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    database: str = ""
    kafka: str = ""
    topics: str = "onewindow"
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
    def mail(self) -> Mail | None:
        """The mail server, if one is named."""
        if not self.smtp_host:
            return None
        return Mail(self.smtp_host, self.smtp_port, self.smtp_sender, self.smtp_user, self.smtp_password, self.smtp_starttls)
