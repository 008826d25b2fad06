"""Settings, read once at the entry points (serve, CLI, alembic, rxconfig) and handed down as arguments.

Own names begin with LITTLE_BELL_; the names of the two systems Little Bell grew from are read too.
"""

import ipaddress
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LEVELS = ("debug", "info", "warning", "error", "critical")
#: Rust's words for them.
RUST_LEVELS = {"trace": "debug", "warn": "warning", "off": "critical"}
POSTGRES = ("postgres://", "postgresql://", "postgresql+psycopg://")
ROOT = Path(__file__).resolve().parents[1]


def _names(own: str, *others: str) -> AliasChoices:
    return AliasChoices(f"LITTLE_BELL_{own}", *others)


class Settings(BaseSettings):
    """Every setting has a default that works; docs/configuration.md has a heading for each."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    host: str = Field("127.0.0.1", validation_alias=_names("HOST", "TRACKING_HOST"))
    port: int = Field(3000, ge=1, le=65535, validation_alias=_names("PORT", "PORT", "TRACKING_PORT"))
    data_dir: Path = Field(Path("data"), validation_alias=_names("DATA_DIR"))
    database: str = Field("", validation_alias=_names("DATABASE_URL", "DATABASE_URL", "TRACKING_DB_PATH"))
    database_read: str = Field("", validation_alias=_names("DATABASE_READ_URL"))
    public_url: str = Field("", validation_alias=_names("BASE_URL", "BASE_URL", "PUBLIC_TRACKING_URL"))
    secret_key: str = Field("", validation_alias=_names("SECRET_KEY"), repr=False)
    log_level: str = Field("info", validation_alias=_names("LOG_LEVEL", "RUST_LOG"))
    debug: bool = Field(False, validation_alias=_names("DEBUG", "TRACKING_DEBUG"))
    log_format: Literal["json", "console"] = Field("console", validation_alias=_names("LOG_FORMAT"))
    admin_email: str = Field("admin@example.com", validation_alias=_names("ADMIN_EMAIL"))
    admin_password: str = Field("", validation_alias=_names("ADMIN_PASSWORD"), repr=False)
    api_key: str = Field("", validation_alias=_names("API_KEY"), repr=False)
    metrics_token: str = Field("", validation_alias=_names("METRICS_TOKEN"), repr=False)
    trusted_proxies: str = Field("", validation_alias=_names("TRUSTED_PROXIES"))
    redis_url: str = Field("", validation_alias=_names("REDIS_URL"), repr=False)
    retention_days: int = Field(0, ge=0, validation_alias=_names("RETENTION_DAYS"))
    ip_policy: Literal["truncate", "full", "none"] = Field("truncate", validation_alias=_names("IP_POLICY"))
    lists_dir: str = Field("", validation_alias=_names("LISTS_DIR"))
    country_db: str = Field("", validation_alias=_names("COUNTRY_DB"))
    asn_db: str = Field("", validation_alias=_names("ASN_DB"))
    tenant: str = Field("default", validation_alias=_names("TENANT"))
    sendgrid_webhook_secret: str = Field("", validation_alias=_names("SENDGRID_WEBHOOK_SECRET", "SENDGRID_WEBHOOK_SECRET"), repr=False)
    webhook_secrets: str = Field("", validation_alias=_names("WEBHOOK_SECRETS"), repr=False)
    webhook_keep_days: int = Field(30, ge=1, validation_alias=_names("WEBHOOK_KEEP_DAYS"))
    report_keep_days: int = Field(30, ge=1, validation_alias=_names("REPORT_KEEP_DAYS"))
    journal_max_bytes: int = Field(0, ge=0, validation_alias=_names("JOURNAL_MAX_BYTES"))
    journal_min_free_percent: float = Field(5.0, ge=0, le=100, validation_alias=_names("JOURNAL_MIN_FREE_PERCENT"))
    journal_url: str = Field("", pattern=r"^(nats://\S+|tls://\S+)?$", validation_alias=_names("JOURNAL_URL"), repr=False)
    journal_stream: str = Field("little-bell", pattern=r"^[A-Za-z0-9_\-]{1,64}$", validation_alias=_names("JOURNAL_STREAM"))
    journal_partitions: int = Field(8, ge=1, le=47, validation_alias=_names("JOURNAL_PARTITIONS"))
    journal_replicas: int = Field(3, ge=1, le=5, validation_alias=_names("JOURNAL_REPLICAS"))
    journal_stream_bytes: int = Field(20_000_000_000, ge=10_000_000, validation_alias=_names("JOURNAL_STREAM_BYTES"))
    journal_keep_hours: int = Field(72, ge=0, validation_alias=_names("JOURNAL_KEEP_HOURS"))

    relay_host: str = Field("", validation_alias=_names("RELAY_HOST"))
    relay_port: int = Field(587, ge=1, le=65535, validation_alias=_names("RELAY_PORT"))
    relay_user: str = Field("", validation_alias=_names("RELAY_USER"))
    relay_password: str = Field("", validation_alias=_names("RELAY_PASSWORD"), repr=False)
    relay_from: str = Field("", validation_alias=_names("RELAY_FROM"))
    relay_tls: Literal["starttls", "tls", "none"] = Field("starttls", validation_alias=_names("RELAY_TLS"))
    alert_private_networks: bool = Field(False, validation_alias=_names("ALERT_PRIVATE_NETWORKS"))

    bounce_domain: str = Field("", pattern=r"^[A-Za-z0-9.\-]*$", validation_alias=_names("BOUNCE_DOMAIN"))
    smtp_port: int = Field(0, ge=0, le=65535, validation_alias=_names("SMTP_PORT"))
    smtp_host: str = Field("127.0.0.1", validation_alias=_names("SMTP_HOST"))
    smtp_max_bytes: int = Field(10_000_000, ge=10_000, validation_alias=_names("SMTP_MAX_BYTES"))
    smtp_connections: int = Field(40, ge=1, le=1_000, validation_alias=_names("SMTP_CONNECTIONS"))
    smtp_rate: int = Field(600, ge=1, validation_alias=_names("SMTP_RATE"))
    mailbox: str = Field("", validation_alias=_names("MAILBOX"), repr=False)
    mailbox_password: str = Field("", validation_alias=_names("MAILBOX_PASSWORD"), repr=False)
    mailbox_token_command: str = Field("", validation_alias=_names("MAILBOX_TOKEN_COMMAND"), repr=False)
    mailbox_seconds: float = Field(60.0, ge=1, validation_alias=_names("MAILBOX_SECONDS"))
    mailbox_done_folder: str = Field("", validation_alias=_names("MAILBOX_DONE_FOLDER"))

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        """`info`, or the level of little_bell in Rust's form: warn,little_bell=debug."""
        said = dict(part.strip().lower().rpartition("=")[::2] for part in value.split(",") if part.strip())
        word = said.get("little_bell") or said.get("") or "info"
        word = RUST_LEVELS.get(word, word)
        if word not in LEVELS:
            raise ValueError(f"has to be one of {', '.join(LEVELS)}")
        return word

    @model_validator(mode="after")
    def _debugging(self) -> Self:
        if self.debug and "log_level" not in self.model_fields_set:
            self.log_level = "debug"
        return self

    @field_validator("database_read")
    @classmethod
    def _replica(cls, value: str) -> str:
        if value and not value.startswith(POSTGRES):
            raise ValueError("has to be a PostgreSQL URL: only PostgreSQL has replicas")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for item in filter(None, (part.strip() for part in value.split(","))):
            ipaddress.ip_network(item, strict=False)  # a ValueError names the bad one
        return value

    @field_validator("webhook_secrets")
    @classmethod
    def _pairs(cls, value: str) -> str:
        for item in filter(None, (part.strip() for part in value.split(";"))):
            if not all(part.strip() for part in item.partition("=")):
                raise ValueError("write provider=secret; provider=secret")
        return value

    @cached_property
    def default_webhook_secrets(self) -> dict[str, str]:
        """The secrets of the tenant `default` that were given here, by provider."""
        pairs = (item.partition("=") for item in self.webhook_secrets.split(";") if item.strip())
        given = {name.strip(): secret.strip() for name, _, secret in pairs}
        return {"sendgrid": self.sendgrid_webhook_secret.strip()} | given if self.sendgrid_webhook_secret.strip() else given

    @cached_property
    def trusted_networks(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """The proxies whose X-Forwarded-For is believed."""
        items = (part.strip() for part in self.trusted_proxies.split(","))
        return tuple(ipaddress.ip_network(item, strict=False) for item in items if item)

    @property
    def takes_mail(self) -> bool:
        """Whether mail comes in here by SMTP or from a mailbox."""
        return bool(self.smtp_port or self.mailbox)

    @cached_property
    def database_url(self) -> str:
        """The SQLAlchemy URL, whichever of the accepted spellings was given."""
        value = self.database
        if not value:
            return f"sqlite:///{self.data_dir.absolute() / 'little_bell.db'}"
        if value.startswith(POSTGRES):
            return _postgres_url(value)
        if value.startswith("sqlite:///") or "://" in value.removeprefix("sqlite://"):
            return value
        path = value.removeprefix("sqlite://").removeprefix("sqlite:")  # sqlite:data/tracking.db, tracking.db
        return f"sqlite:///{Path(path).absolute()}"

    @cached_property
    def database_read_url(self) -> str:
        """The SQLAlchemy URL of a replica for lists, reports and pages; "" where there is none."""
        return _postgres_url(self.database_read) if self.database_read else ""

    @cached_property
    def base_url(self) -> str:
        """Where readers and marketers reach this installation, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")


def _postgres_url(value: str) -> str:
    """With the name of our driver, however the URL is spelled."""
    return "postgresql+psycopg://" + value.split("://", 1)[1]


def variable(name: str) -> str:
    """The environment variable of a setting, by its own name."""
    alias = Settings.model_fields[name].validation_alias
    assert isinstance(alias, AliasChoices)
    return str(alias.choices[0])


def spellings(first: str) -> str:
    """A setting's variable, by its own name, with all the other names that it may have been given by."""
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices) and alias.choices[0] == first and len(alias.choices) > 1:
            return f"{first} (or {', '.join(map(str, alias.choices[1:]))})"
    return first


def load_settings() -> Settings:
    """Settings from the environment and .env.

    Raises pydantic.ValidationError, which names each bad variable.
    """
    return Settings()
