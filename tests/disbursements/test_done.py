"""What a page says when a step is done: a sentence for each step that has one, and the true one of two."""

import importlib
import pkgutil

import time_machine

from disbursements import views
from disbursements.models import Grant
from disbursements.views.done import DONE, SaysDone
from tests.disbursements.test_amending_pages import english
from tests.factories import grants as make


def pages() -> set[tuple[str, str]]:
    """Model and step of all pages of this stage on which a step is done."""
    for module in pkgutil.iter_modules(views.__path__):
        importlib.import_module(f"{views.__name__}.{module.name}")
    return {(str(page.model._meta.model_name), step) for page in SaysDone.__subclasses__() for step in page.steps}


def test_each_sentence_belongs_to_a_step_that_can_be_done() -> None:
    assert {key[:2] for key in DONE} - pages() == set()


@time_machine.travel(make.ASKED, tick=False)
def test_the_first_of_two_approvals_does_not_say_that_all_is_approved(people: make.Cast, grant: Grant) -> None:
    row = make.checked(people, make.tranche(grant))
    url = f"{row.get_absolute_url()}steps/approve/"
    said = [english(who).do(url) for who in (people.second, people.approver)]
    words = ("Your approval is recorded. Another person's is still needed.", "Approved. Another treasurer sends")
    assert [word in sheet.tree.text_content() for word, sheet in zip(words, said, strict=True)] == [True, True]
