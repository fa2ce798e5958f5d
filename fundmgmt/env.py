"""Every environment variable of the project, once: name, type, default, one sentence.

The defaults are those of production; ``make demo`` sets what a demonstration needs.
``docs/settings.md`` is written from this file by ``manage.py describe_settings``.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent


class BadEnvironmentError(ValueError):
    """A variable holds something that its type does not allow."""


def as_text(raw: str) -> str:
    """Return the text without spaces around it."""
    return raw.strip()


def as_yes_no(raw: str) -> bool:
    """Return True for 1, true, yes, on and False for 0, false, no, off or nothing."""
    word = raw.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"", "0", "false", "no", "off"}:
        return False
    message = f"{raw!r} is neither yes nor no"
    raise BadEnvironmentError(message)


def as_number(raw: str) -> int:
    """Return a whole number."""
    return int(raw.strip())


def as_list(raw: str) -> list[str]:
    """Return the parts between commas."""
    return [part.strip() for part in raw.split(",") if part.strip()]


def as_path(raw: str) -> Path:
    """Return a folder; a relative one starts at the project's own folder."""
    return BASE_DIR / raw.strip()


def as_header(raw: str) -> tuple[str, str] | None:
    """Return Django's pair for a header such as ``X-Forwarded-Proto: https``."""
    name, _, value = raw.partition(":")
    if not value.strip():
        return None
    return f"HTTP_{name.strip().upper().replace('-', '_')}", value.strip()


def as_secret(raw: str) -> str:
    """Return the secret, or one made once and kept in the data folder."""
    return raw.strip() or _kept_secret(get("VAR_DIR") / "secret_key")


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(60))
        try:
            os.link(fresh, path)  # two processes may start at once: the first one wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


def as_seed(raw: str) -> str:
    """Return 32 bytes in hexadecimal, or nothing."""
    seed = raw.strip().lower()
    if seed and len(bytes.fromhex(seed)) != 32:  # noqa: PLR2004 -- the length of an Ed25519 key
        message = "it must have 64 hexadecimal digits"
        raise BadEnvironmentError(message)
    return seed


SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=NORMAL;"
        "PRAGMA recursive_triggers=ON;"  # REPLACE must not slip past the journal's triggers
        "PRAGMA temp_store=MEMORY;"
    ),
}


def as_database(raw: str) -> dict[str, Any]:
    """Return Django's database settings for ``sqlite:///path`` or ``postgresql://user@host/name``."""
    url = urlsplit(raw.strip())
    if url.scheme == "sqlite":
        path = BASE_DIR / unquote(url.path[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {"CONN_MAX_AGE": 60}  # the queue asks often: opening the file each time is most of the work
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": SQLITE_OPTIONS, **kept}
    if url.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or ""),
            "PORT": str(url.port or ""),
            "CONN_MAX_AGE": 60,  # the queue asks often: a new connection each time costs 26 times more
            "CONN_HEALTH_CHECKS": True,
            # short statements only: compiling one took longer than running it (the fund's page: 42 ms, without it 19)
            "OPTIONS": {"options": "-c jit=off"} | dict(parse_qsl(url.query)),
        }
    message = f"unknown database {url.scheme!r}: use sqlite or postgresql"
    raise BadEnvironmentError(message)


def as_cache(raw: str) -> dict[str, Any]:
    """Return Django's cache settings for ``locmem:`` or ``redis://host:6379/0``."""
    scheme = urlsplit(raw.strip()).scheme
    if scheme == "locmem":
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if scheme in {"redis", "rediss"}:
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": raw.strip()}
    message = f"unknown cache {scheme!r}: use locmem or redis"
    raise BadEnvironmentError(message)


def as_files(raw: str) -> dict[str, Any]:
    """Return Django's storage settings for ``file:folder`` or ``s3://bucket?endpoint_url=…``."""
    url = urlsplit(raw.strip())
    if url.scheme == "file":
        folder = BASE_DIR / unquote(url.path)
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": folder,
                "base_url": None,  # private: only a view that has asked for permission hands a file out
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    if url.scheme == "s3":
        options = {"bucket_name": url.netloc, "default_acl": "private", "file_overwrite": False}
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | dict(parse_qsl(url.query))}
    message = f"unknown file store {url.scheme!r}: use file or s3"
    raise BadEnvironmentError(message)


def as_mail(raw: str) -> dict[str, Any]:
    """Return Django's EMAIL_* settings for ``file:folder`` or ``smtp://user:password@host:587``."""
    url = urlsplit(raw.strip())
    if url.scheme == "file":
        folder = BASE_DIR / unquote(url.path)
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
        }
    if url.scheme in {"smtp", "smtps"}:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": url.hostname or "localhost",
            "EMAIL_PORT": url.port or 587,
            "EMAIL_HOST_USER": unquote(url.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
            "EMAIL_USE_TLS": url.scheme == "smtp",
            "EMAIL_USE_SSL": url.scheme == "smtps",
            "EMAIL_TIMEOUT": 20,
        }
    message = f"unknown mail service {url.scheme!r}: use file, smtp or smtps"
    raise BadEnvironmentError(message)


def as_sms(raw: str) -> dict[str, Any]:
    """Return who carries short messages: nobody, ``console:``, ``file:folder`` or ``africastalking://user/sender``."""
    url = urlsplit(raw.strip())
    if url.scheme in {"", "console"} and not url.path:
        return {"backend": url.scheme}
    if url.scheme == "file":
        return {"backend": "file", "folder": BASE_DIR / unquote(url.path)}
    if url.scheme == "africastalking" and url.netloc:
        return {"backend": url.scheme, "username": unquote(url.netloc), "sender": unquote(url.path[1:])}
    message = f"unknown SMS service {raw!r}: use console, file or africastalking"
    raise BadEnvironmentError(message)


@dataclass(frozen=True)
class Variable:
    """One environment variable."""

    name: str
    read: Callable[[str], Any]
    default: str
    says: str


VARIABLES = {
    variable.name: variable
    for variable in (
        Variable("VAR_DIR", as_path, "var", "Folder of everything that the running system writes."),
        Variable("SECRET_KEY", as_secret, "", "Signs sessions and queued tasks; empty means: make one in VAR_DIR."),
        Variable("DEBUG", as_yes_no, "0", "Show details of errors to whoever sees them; never in production."),
        Variable("ALLOWED_HOSTS", as_list, "localhost,127.0.0.1,[::1]", "Names under which people reach the site."),
        Variable("BASE_URL", as_text, "http://localhost:8000", "Address that links in mail start with."),
        Variable("CSRF_TRUSTED_ORIGINS", as_list, "", "Other addresses, with https, from which forms may be sent."),
        Variable("HTTPS", as_yes_no, "1", "Send people to https and keep cookies on it."),
        Variable("HSTS_SECONDS", as_number, "31536000", "How long browsers remember to use only https."),
        Variable("PROXY_HEADER", as_header, "", "Header by which a trusted proxy says that the visitor used https."),
        Variable("PROXY_COUNT", as_number, "0", "How many trusted proxies stand before the site."),
        Variable(
            "DATABASE_URL",
            as_database,
            "sqlite:///var/fund.sqlite3",
            "Where the data lives; ?options= of PostgreSQL go to the server.",
        ),
        Variable(
            "CACHE_URL",
            as_cache,
            "locmem:",
            "Where counters against too many attempts live; Redis if shared.",
        ),
        Variable("FILES_URL", as_files, "file:var/private", "Where private papers live: a folder or an S3 bucket."),
        Variable("MAIL_URL", as_mail, "file:var/outbox", "Which service sends mail; a folder keeps it to be read."),
        Variable("MAIL_FROM", as_text, "Fund <fund@localhost>", "Sender of every message."),
        Variable("SMS_URL", as_sms, "", "Which service carries short messages to phones; empty: none, mail only."),
        Variable("SMS_KEY", as_text, "", "Key by which Africa's Talking knows us."),
        Variable("SMS_API_BASE", as_text, "https://api.africastalking.com", "Where the API of Africa's Talking is."),
        Variable("SMS_COUNTRY", as_text, "243", "Country code of phone numbers that are written without one."),
        Variable("STRIPE_API_BASE", as_text, "https://api.stripe.com", "Where the card provider's API is."),
        Variable("STRIPE_SECRET_KEY", as_text, "", "Key of the fund's account there; empty: no card donations."),
        Variable("STRIPE_WEBHOOK_SECRETS", as_list, "", "Secrets that sign its messages; two while one is replaced."),
        Variable("STRIPE_SECONDS", as_number, "20", "Longest wait for one answer of the card provider."),
        Variable(
            "STRIPE_CHECKOUT_HOST",
            as_text,
            "https://checkout.stripe.com",
            "Where its payment page is; forms may lead only there.",
        ),
        Variable("Q_CLUSTER_NAME", as_text, "", "Which worker this process is: money or bulk; empty means bulk."),
        Variable("WORKERS", as_number, "2", "Processes that carry out queued tasks, beside the one for payments."),
        Variable("TASK_SECONDS", as_number, "120", "Longest time that one queued task may take."),
        Variable(
            "WATCH_SECONDS",
            as_number,
            "120",
            "How long a worker may be silent, or due work untouched, before the watchdog starts it again.",
        ),
        Variable(
            "RETRY_SECONDS",
            as_number,
            "15",
            "Wait before a payment rail that gave no certain answer is asked again; doubled each time.",
        ),
        Variable(
            "RAIL_SECONDS",
            as_number,
            "20",
            "How long a payment rail may take to answer; far less than TASK_SECONDS.",
        ),
        Variable("MOBILE_MONEY_URL", as_text, "", "Host of the mobile money service; empty: not connected."),
        Variable("MOBILE_MONEY_TOKEN", as_text, "", "Token by which the mobile money service knows us."),
        Variable(
            "MOBILE_MONEY_KEYS",
            as_list,
            "",
            "Public keys that sign the mobile money service's messages: base64 of DER, between commas.",
        ),
        Variable(
            "CHECKPOINT_KEY",
            as_seed,
            "",
            "Secret key (Ed25519) that signs checkpoints of the books: 64 hexadecimal digits; empty: not signed.",
        ),
        Variable("LOG_LEVEL", as_text, "INFO", "How much the log says: DEBUG, INFO, WARNING or ERROR."),
        Variable("DEMO", as_yes_no, "0", "Show the demonstration's sign-ins and its outbox page."),
        Variable("DEMO_PASSWORD", as_text, "", "Password of the sample's invented people; empty: none can sign in."),
    )
}


def get(name: str) -> Any:
    """Return the value of one declared variable, read with its type."""
    variable = VARIABLES[name]
    raw = os.environ.get(name, variable.default)
    try:
        return variable.read(raw)
    except ValueError as error:
        message = f"{name}: {error}"
        raise BadEnvironmentError(message) from error
