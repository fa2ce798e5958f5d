"""Start web and workers together with the sample fund; stop both, whatever they are doing, on Ctrl-C."""

import datetime as dt
import os
import secrets
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from argparse import ArgumentParser
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from disbursements.gateway.signatures import key_from_seed, public_line
from evaluation.management.sample_fund.book import DATA, cents, read
from fundmgmt import tasks
from fundmgmt.env import BASE_DIR
from fundmgmt.inbox import Item, waiting_for
from fundmgmt.models import User
from fundmgmt.roles import Role

DEMO_DIR = "var/demo"
DEMO_PASSWORD = "mines-without-children"  # noqa: S105 -- printed on purpose: it opens invented accounts only
GRACE_SECONDS = 5
READY_SECONDS = 40
PORTS_TRIED = 20
RESTARTS = 5
LOOK_SECONDS = 20  # between two looks for signs of life
CARD_PORT = 40  # so far above the web's port the double of the card provider is looked a place for
EMAIL_WIDTH = 28
LINE_WIDTH = 84
LOOKS = {  # for whom nothing ever waits: what they can look at
    "Administrator": "looks after people, seats and rules",
    "Auditor": "reads the journal of any project and verifies it",
    "Donor viewer": "sees totals and published texts",
    "no role yet": "registers an organisation and applies in the open call",
}


def demo_environment(port: int) -> dict[str, str]:
    """Return what a demonstration on this machine needs instead of production's defaults."""
    return {
        "DEMO": "1",
        "DEMO_PASSWORD": DEMO_PASSWORD,
        "HTTPS": "0",
        "HSTS_SECONDS": "0",
        "BASE_URL": f"http://localhost:{port}",
        "VAR_DIR": DEMO_DIR,
        "DATABASE_URL": f"sqlite:///{DEMO_DIR}/fund.sqlite3",
        "FILES_URL": f"file:{DEMO_DIR}/private",
        "MAIL_URL": f"file:{DEMO_DIR}/outbox",
        "SMS_URL": f"file:{DEMO_DIR}/sms",
        "LOG_LEVEL": "WARNING",
        "WORKERS": "1",
        "CHECKPOINT_KEY": kept_key(BASE_DIR / DEMO_DIR / "checkpoint_key"),
        **double_environment(port),
        **card_provider_environment(port),
    }


def kept_key(path: Path) -> str:
    """The key that signs checkpoints, made once: a second start goes on with it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()


def double_environment(port: int) -> dict[str, str]:
    """Where the demonstration's own mobile money host stands; its token is the seed of its key."""
    token = secrets.token_hex(16)
    return {
        "MOBILE_MONEY_URL": f"http://127.0.0.1:{free_port(port + 1)}",
        "MOBILE_MONEY_TOKEN": token,
        "MOBILE_MONEY_KEYS": public_line(key_from_seed(token)),
    }


def card_provider_environment(port: int) -> dict[str, str]:
    """Where the double of the card provider stands, and keys that open nothing else."""
    place = f"http://127.0.0.1:{free_port(port + CARD_PORT)}"
    return {
        "STRIPE_API_BASE": place,
        "STRIPE_CHECKOUT_HOST": place,
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(12)}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(12)}",
    }


def free_port(first: int) -> int:
    """Return the first port from this one on that nobody listens at."""
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CommandError(f"Ports {first} to {first + PORTS_TRIED - 1} are all taken: make demo DEMO_PORT=…")


class Child:
    """One process and all that it starts, in a group of its own, writing to a log of its own."""

    def __init__(self, name: str, arguments: list[str], log: Path, cluster: str = "") -> None:
        self.name, self.arguments, self.log, self.cluster, self.starts = name, arguments, log, cluster, 0

    def start(self) -> None:
        """Start it, or start it again."""
        self.starts += 1
        self.since = time.monotonic()
        environment = os.environ | ({"Q_CLUSTER_NAME": self.cluster} if self.cluster else {})
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603 -- our own commands, no shell
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env=environment,
            )

    def signal(self, number: int) -> bool:
        """Signal the whole group (0: only ask); say whether anybody was left to hear it."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return False
        self.process.poll()  # a leader that has ended leaves the group only when it is waited for
        return True


class Supervisor:
    """Keeps a few children alive, and ends every one of them when it is told to stop."""

    def __init__(self, children: list[Child]) -> None:
        self.children, self.told_to_stop = children, False

    def start(self) -> None:
        """Start all children and listen for Ctrl-C."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        for child in self.children:
            child.start()

    def _stop(self, *_signal: object) -> None:
        self.told_to_stop = True

    def look_after(self) -> None:
        """Start again whoever ended by itself; give up when that does not help."""
        for child in self.children:
            if child.process.poll() is None or self.told_to_stop:
                continue
            child.signal(signal.SIGKILL)  # what the dead leader left behind
            if child.starts > RESTARTS:
                raise CommandError(f"{child.name} does not stay up; its last words are in {child.log}")
            child.start()

    def watch(self, late: set[str]) -> None:
        """End a worker that is late though it had the time to show life; `look_after` starts it again."""
        for child in self.children:
            if child.cluster in late and time.monotonic() - child.since > tasks.patience(child.cluster):
                child.starts -= 1  # it did not fall: it hung
                child.signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask every group to end, wait a little, then end it; leave nobody behind."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(child.signal(0) for child in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.signal(signal.SIGKILL)
            child.process.wait()


class Command(BaseCommand):
    """Run the whole system on this machine, for trying out."""

    help = "Set up, start web and worker with the sample fund, and stop both on Ctrl-C."
    requires_system_checks = []  # they ask for a database that this command is about to make

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port to start at."""
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:
        """Set up, start, say where to look, wait."""
        if not settings.DEMO:
            self.start_again_with_demo_settings(free_port(port))
        self.begun = time.monotonic()
        self.set_up()
        workers = [self.worker(cluster) for cluster in (tasks.MONEY, tasks.BULK)]
        supervisor = Supervisor([self.double(port), self.card_provider(), self.web(port), *workers])
        supervisor.start()
        try:
            self.wait_until_ready(port, supervisor)
            self.say_where_to_look(port)
            looked = time.monotonic()
            while not supervisor.told_to_stop:
                supervisor.look_after()
                time.sleep(0.3)
                if time.monotonic() - looked > LOOK_SECONDS:
                    supervisor.watch({one.cluster for one in tasks.signs_of_life(timezone.now()) if one.is_late})
                    looked = time.monotonic()
        finally:
            self.stdout.write("\n· stopping")
            supervisor.stop()
            self.stdout.write(f"Stopped. What you did is kept in {DEMO_DIR}; 'make demo-reset' forgets it.")

    def start_again_with_demo_settings(self, port: int) -> NoReturn:
        """Replace this process by one that reads the demonstration's settings."""
        arguments = [sys.executable, "manage.py", "demo", "--port", str(port)]
        os.chdir(settings.BASE_DIR)
        os.execve(sys.executable, arguments, os.environ | demo_environment(port))  # noqa: S606 -- ourselves

    def say(self, text: str) -> None:
        """Show one step of progress with the seconds since the start."""
        self.stdout.write(f"· {time.monotonic() - self.begun:4.1f} s  {text}")
        self.stdout.flush()

    def set_up(self) -> None:
        """Bring database, catalogues, static files and the sample fund up to date."""
        self.say("collecting style sheets and fonts")
        collecting = subprocess.Popen([sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"])
        self.say("preparing the database")
        call_command("migrate", verbosity=0)
        self.say("compiling the catalogues of texts")
        call_command("messages", "compile", stdout=StringIO())
        self.say("loading indicators, rubric, tags, expectations, words and places")
        call_command("load_catalogues", stdout=StringIO())
        self.say("loading the sample fund (the first time only)")
        call_command("load_sample_fund", stdout=StringIO())
        if collecting.wait() != 0:
            raise CommandError("The static files could not be collected.")
        connections.close_all()

    def web(self, port: int) -> Child:
        """Return the web server, bound to this machine only."""
        binding = ["--bind", f"127.0.0.1:{port}", "--threads", "4", "--graceful-timeout", "2"]
        arguments = ["-m", "gunicorn", "fundmgmt.wsgi", *binding]
        return Child("web", [sys.executable, *arguments], settings.VAR_DIR / "web.log")

    def worker(self, cluster: str) -> Child:
        """Return the process that carries out queued tasks of one cluster."""
        log = settings.VAR_DIR / f"worker-{cluster}.log"
        return Child(f"worker {cluster}", [sys.executable, "manage.py", "qcluster"], log, cluster)

    def double(self, port: int) -> Child:
        """Return the mobile money host of the demonstration."""
        arguments = ["--port", str(urlsplit(settings.MOBILE_MONEY_URL).port), "--seed", settings.MOBILE_MONEY_TOKEN]
        calls = f"http://127.0.0.1:{port}{reverse('disbursements:rail_events', args=['mobile_money'])}"
        module = [sys.executable, "-m", "disbursements.gateway.doubles.mobile_money"]
        return Child("double", [*module, *arguments, "--calls", calls], settings.VAR_DIR / "double.log")

    def card_provider(self) -> Child:
        """Return the double of the card provider, with the sample's fiscal host and what the fund moved there."""
        said = read(DATA / "sample_supplement.json")["extras"]
        hosts = [row["bank"] for row in said["proposals"] if row.get("bank", {}).get("kind") == "connected_account"]
        there = [part for host in hosts for part in ("--account", host["account_number"])]
        held = ["--money", f"usd={cents(said['provider']['amount'])}"]
        arguments = [sys.executable, "manage.py", "card_provider", *there, *held]
        return Child("card provider", arguments, settings.VAR_DIR / "card_provider.log")

    def wait_until_ready(self, port: int, supervisor: Supervisor) -> None:
        """Wait until the first page answers."""
        self.say("starting web and workers")
        deadline = time.monotonic() + READY_SECONDS
        while not supervisor.told_to_stop:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10):
                    return
            except HTTPError as error:
                if error.code < 500:  # noqa: PLR2004 -- it answers: the page is its own business
                    return
                raise CommandError(f"The first page fails: see {settings.VAR_DIR / 'web.log'}") from error
            except (URLError, OSError):
                if time.monotonic() > deadline:
                    raise CommandError(f"No answer: see {settings.VAR_DIR / 'web.log'}") from None
            supervisor.look_after()
            time.sleep(0.1)

    def say_where_to_look(self, port: int) -> None:
        """Print the address, who can sign in and what waits for each of them."""
        self.say("ready")
        self.stdout.write(f"\n  Open  http://localhost:{port}/   and sign in with the password  {DEMO_PASSWORD}\n")
        with override("en"):
            for line in sign_ins(timezone.localdate()):
                self.stdout.write(f"  {line}")
        self.stdout.write(f"\n  Mail that was sent: http://localhost:{port}{reverse('fundmgmt:outbox')}")
        self.stdout.write("  Ctrl-C stops everything.\n")
        self.stdout.flush()


def held_by(user: User) -> str:
    """What a person is in the fund, in a few words."""
    if user.role_codes:
        return ", ".join(str(Role(code).label) for code in sorted(user.role_codes))
    if user.seat is not None:
        return "Committee member, voting" if user.seat.votes else "Committee observer"
    member = user.memberships.select_related("organisation").first()
    return str(member.organisation) if member else "no role yet"


def sign_ins(today: dt.date) -> list[str]:
    """Who can sign in and what waits for each, role by role; then those whose desk is empty, and what they do here."""
    people = [(held_by(user), user.email, waiting_for(user, today)) for user in User.objects.filter(is_active=True)]
    people.sort(key=lambda person: (person[0], person[1]))
    lines = ["", "With something waiting:"]
    for held, group in groupby((person for person in people if person[2]), key=lambda person: person[0]):
        lines.append(f"  {held}")
        for _held, email, items in group:
            first, *more = textwrap.wrap(said_of(items), LINE_WIDTH)
            lines += [f"    {email:{EMAIL_WIDTH}}  {first}", *(f"    {'':{EMAIL_WIDTH}}  {line}" for line in more)]
    lines += ["", "With an empty desk today:"]
    for held, group in groupby((person for person in people if not person[2]), key=lambda person: person[0]):
        emails = ", ".join(email for _held, email, _items in group)
        lines.append(f"  {held[:28]:28}  {emails}{'  ' + LOOKS[held] if held in LOOKS else ''}")
    return lines


def said_of(items: list[Item]) -> str:
    """What waits, each kind of work once: its reference, or how many there are."""
    about: dict[str, list[str]] = {}
    for item in items:
        about.setdefault(str(item.what), []).append(item.ref or item.about)
    return "; ".join(f"{what} ({refs[0] if len(refs) == 1 else len(refs)})" for what, refs in about.items())
