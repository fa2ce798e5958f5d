"""A new wording of the agreement: checked in every language, proposed by one person, put in force by another."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.models import AgreementWording
from disbursements.queries.wording import Wording, kept, marks, next_code, wordings
from fundmgmt.actions.rules import DECISION
from fundmgmt.models import StaleObject, StepRefused
from fundmgmt.states import Language
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from fundmgmt.models import User

Texts = dict[str, dict[str, Any]]
ANOTHER = _("Another wording holds from this day already. Propose this one for another day.")
LEADS = Language.FR  # the language the others are compared with


def propose_wording(
    *, by: User, at: dt.datetime, from_date: dt.date, decision: str, reason: str, texts: Texts
) -> AgreementWording:
    """A new version, as people typed it: words by name and promises in order, for each language.

    StepRefused names the field: the language and the text in which something is missing.
    """
    _require_day(from_date, at)
    if not DECISION.fullmatch(decision.strip()):
        raise StepRefused(_("Name the decision, for example SC-2026-01/3."), field="decision")
    if not reason.strip():
        raise StepRefused(_("Say what changes, and why."), field="reason")
    whole = _whole(texts, wordings(Language.EN)[-1])
    row = AgreementWording(
        code=next_code(from_date.year),
        from_date=from_date,
        decision=decision.strip(),
        reason=reason.strip(),
        texts=whole,
        proposed_by=by,
        proposed_at=at,
    )
    content = json.dumps([row.code, from_date.isoformat(), whole], sort_keys=True, ensure_ascii=False)
    row.sha256 = hashlib.sha256(content.encode()).hexdigest()
    try:
        with transaction.atomic():
            return begin(row, by=by, at=at, facts=_facts(row), reason=row.reason)
    except IntegrityError as error:  # somebody else took this number meanwhile
        raise StaleObject from error


def enact_wording(
    row: AgreementWording, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> AgreementWording:
    """A second person puts it in force from its day on; agreements prepared before keep their words."""
    _require_day(row.from_date, at, field=None)
    try:
        with transaction.atomic():
            return perform(
                row, "enact", by=by, at=at, facts=_facts(row), expected_version=expected_version, decider=by, when=at
            )
    except IntegrityError as error:
        raise StepRefused(ANOTHER) from error


def decline_wording(
    row: AgreementWording, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> AgreementWording:
    """It is not used."""
    facts = _facts(row)
    return perform(
        row, "decline", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version, decider=by, when=at
    )


def _facts(row: AgreementWording) -> dict[str, Any]:
    return {"wording": row.code, "from_date": row.from_date, "decided_in": row.decision, "sha256": row.sha256}


def _require_day(day: dt.date, at: dt.datetime, field: str | None = "from_date") -> None:
    if day < timezone.localdate(at):
        text = _("A wording holds from today on at the earliest: what is signed keeps its words.")
        raise StepRefused(text, field=field)
    if any(one.date == day for one in wordings(Language.EN)):
        raise StepRefused(ANOTHER, field=field)


# Every language says the same ------------------------------------------------------------------------


def _whole(texts: Texts, before: Wording) -> Texts:
    """The texts as they are kept, or StepRefused at the first that is not whole."""
    found: Texts = {}
    for language in Language.values:
        said = texts.get(language, {})
        words = {name: _word(said.get("words", {}), name, before, language) for name in before.words}
        duties = [kept(one) for one in said.get("duties", ()) if one.strip()]
        found[language] = {"words": words, "duties": duties}
    wanted = sorted({mark for one in before.duties for mark in marks(one)})
    lead = found[LEADS]["duties"]
    _require_marks(sorted({mark for one in lead for mark in marks(one)}), wanted, f"duties_{LEADS}")
    for language in Language.values:
        _compare(found[language]["duties"], lead, language)
    return found


def _word(said: dict[str, str], name: str, before: Wording, language: str) -> str:
    text, field = " ".join(said.get(name, "").split()), f"{name}_{language}"
    if not text:
        raise StepRefused(_("This text is missing. Write it in each language."), field=field)
    wanted = marks(before.words[name])
    _require_marks(marks(text), wanted, field)
    return kept(text) if wanted else text


def _require_marks(found: Sequence[str], wanted: Sequence[str], field: str) -> None:
    """Just these places are filled in, no others."""
    if missing := [mark for mark in wanted if mark not in found]:
        text = _("Here %(marks)s is missing: the system fills it in. Write it just so.")
        raise StepRefused(text % {"marks": _listed(missing)}, field=field)
    if strange := [mark for mark in found if mark not in wanted]:
        text = _("The system has nothing to fill in for %(marks)s. Take it out.")
        raise StepRefused(text % {"marks": _listed(strange)}, field=field)


def _compare(duties: Sequence[str], lead: Sequence[str], language: str) -> None:
    """As many promises as in the leading language, and in each the same places."""
    field, other = f"duties_{language}", Language(LEADS).label
    if len(duties) != len(lead):
        text = _("Here stand %(here)s promises, in %(language)s %(there)s. Each language makes the same, line by line.")
        raise StepRefused(text % {"here": len(duties), "there": len(lead), "language": other}, field=field)
    for no, (here, there) in enumerate(zip(duties, lead, strict=True), 1):
        if marks(here) != marks(there):
            text = _("Line %(no)s: %(marks)s must stand here just as in %(language)s: in both, or in neither.")
            differ = set(marks(here)) ^ set(marks(there)) or set(marks(here))
            raise StepRefused(text % {"no": no, "marks": _listed(sorted(differ)), "language": other}, field=field)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
