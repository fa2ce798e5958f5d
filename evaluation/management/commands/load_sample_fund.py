"""Load the invented sample fund: twelve proposals at every stage, taken through the real steps at their days."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from applications.models import Application
from evaluation.management.sample_fund.story import tell
from fundmgmt import env
from fundmgmt.models import Indicator


class Command(BaseCommand):
    """Load it once; a second run says that it is there."""

    help = "Load the invented sample fund (only the first time)."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Bring the catalogues in, then let the sample happen."""
        if Application.objects.exclude(external_ref="").exists():
            self.stdout.write("The sample fund is loaded already.")
            return
        if not Indicator.objects.exists():
            call_command("load_catalogues", verbosity=options["verbosity"])
        steps = tell(timezone.now(), env.get("DEMO_PASSWORD"))
        self.stdout.write(f"The sample fund is loaded: {steps} happenings.")
