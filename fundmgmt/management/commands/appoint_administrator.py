"""Name the first administrator, who then gives every other role in the browser."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fundmgmt.actions.people import grant_role
from fundmgmt.models import StepError, User
from fundmgmt.roles import Role


class Command(BaseCommand):
    """Give the role of administrator to somebody who has signed up; the journal says that the system did it."""

    help = "Make somebody with an account an administrator of the fund (the first one; they name the others)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the e-mail of the account."""
        parser.add_argument("email")

    def handle(self, *_args: Any, email: str, **_options: Any) -> None:
        """Give the role, or say why not."""
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody has an open account with {email}. Let them sign up first.")
        try:
            grant_role(user, Role.ADMINISTRATOR, by=None, at=timezone.now())
        except StepError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.name} is an administrator now.")
