"""A practice on its way to the public: written, checked for safeguarding, validated by a second person, published."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.models import Grant
from evaluation.models import CaseRecord, Evaluation, PracticeTagUse, PracticeText
from evaluation.models.practices import TRANSLATED
from evaluation.queries.library import latest_text, publication_checks, text_checks
from evaluation.queries.results import cost_band, cost_per_person
from evaluation.states import CaseState, CostBasis, PlaceLevel
from fundmgmt.models import PracticeTag, next_ref
from fundmgmt.states import Language
from fundmgmt.workflow import StepRefused, perform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from evaluation.queries.library import Check
    from fundmgmt.models import User

COMPUTED_FACETS = ("cost_band", "maturity")


@dataclass(frozen=True)
class Draft:
    """What an evaluator writes."""

    title_en: str
    title_fr: str
    title_sw: str
    context: str
    problem: str
    steps: Sequence[str]
    language: str = "en"
    summary_en: str = ""
    summary_fr: str = ""
    summary_sw: str = ""
    inputs: str = ""
    results: Sequence[str] = field(default_factory=list)
    what_failed: str = ""
    unexpected: str = ""
    lessons: Sequence[str] = field(default_factory=list)
    adaptations: str = ""
    safeguards: str = ""
    people_served: int | None = None
    cost_basis: str = CostBasis.CHILDREN
    consent_organisation: bool = False
    consent_note: str = ""
    place_level: str = PlaceLevel.COMMUNE
    translations: Mapping[str, Mapping[str, str | Sequence[str]]] = field(default_factory=dict)


def start_drafting(
    record: CaseRecord, *, by: User | None, at: dt.datetime, expected_version: int | None = None
) -> CaseRecord:
    """Begin to write before the evaluation is final."""
    return perform(record, "start_drafting", by=by, at=at, expected_version=expected_version)


def write_practice(
    record: CaseRecord,
    *,
    by: User,
    at: dt.datetime,
    draft: Draft,
    tags: Iterable[str],
    expected_version: int | None = None,
) -> PracticeText:
    """Write a new version with its tags; the first gives the practice its number (PR-001).

    Tags of cost and maturity are computed from the cost for each person and the evaluation's class, never chosen.
    Translations of parts that did not change stay; those of the others go, and what comes with the draft is added.
    """
    draft = replace(draft, translations=_with_kept(latest_text(record), draft))
    with transaction.atomic():
        if record.state == CaseState.GATHERING:
            perform(record, "start_drafting", by=by, at=at, expected_version=expected_version)
            expected_version = None
        number = record.texts.count() + 1
        perform(record, "write_text", by=by, at=at, facts={"text_version": number}, expected_version=expected_version)
        words = {k: list(v) if isinstance(v, list | tuple) else v for k, v in asdict(draft).items()}
        text = PracticeText.objects.create(case_record=record, number=number, author=by, written_at=at, **words)
        for tag in _tags(record, text, tags):
            PracticeTagUse.objects.create(text=text, tag=tag)
        if record.ref is None:
            ref = next_ref("PR")
            perform(record, "name_practice", by=by, at=at, facts={"ref": ref}, ref=ref)
    return text


def translate_practice(
    record: CaseRecord,
    *,
    language: str,
    parts: Mapping[str, str | Sequence[str]],
    by: User,
    at: dt.datetime,
    expected_version: int | None = None,
) -> PracticeText:
    """Put parts of the newest version into another language; it becomes a new version. An empty part stays as written.

    A list is translated line for line.
    """
    text = latest_text(record)
    if text is None or language == text.language:
        raise StepRefused(_("Write the text first, then put it into another language."))
    same = {one.name: getattr(text, one.name) for one in fields(Draft)}
    others = {code: said for code, said in text.translations.items() if code != language}
    given = {name: said for name, said in parts.items() if said}
    draft = Draft(**{**same, "translations": {**others, language: given}})
    return write_practice(record, by=by, at=at, draft=draft, tags=text.tag_codes, expected_version=expected_version)


def _with_kept(last: PracticeText | None, draft: Draft) -> dict[str, dict[str, Any]]:
    """Translations given with a draft, and those of the version before for parts that stayed as they were."""
    _check_translations(draft)
    told = {code: dict(parts) for code, parts in draft.translations.items()}
    if last is None or last.language != draft.language:
        return told
    for code, parts in last.translations.items():
        if code not in told:
            kept = {name: said for name, said in parts.items() if getattr(last, name) == getattr(draft, name)}
            told |= {code: kept} if kept else {}
    return told


def _check_translations(draft: Draft) -> None:
    """Into languages of the fund, of parts that can be translated, line for line."""
    for language, parts in draft.translations.items():
        for name, said in parts.items():
            written = getattr(draft, name) if name in TRANSLATED else None
            same = isinstance(said, str) == isinstance(written, str) and (
                isinstance(said, str) or len(said) == len(written or ())
            )
            if language not in Language.values or written is None or not same:
                said_as = name if name in TRANSLATED else "translations"
                text = _("This does not fit what was written: as many lines as there, in the same order.")
                raise StepRefused(text, field=said_as)


def _tags(record: CaseRecord, text: PracticeText, codes: Iterable[str]) -> list[PracticeTag]:
    wanted = set(codes)
    known = {tag.code: tag for tag in PracticeTag.objects.all()}
    unknown = wanted - known.keys()
    if unknown:
        raise StepRefused(_("There is no tag %(code)s.") % {"code": min(unknown)}, field="tags")
    chosen = {code for code in wanted if known[code].facet not in COMPUTED_FACETS}
    grant = Grant.objects.select_related("application").filter(thread=record.thread).first()
    evaluation = Evaluation.objects.filter(thread=record.thread).first()
    if grant is not None:
        chosen.add(cost_band(cost_per_person(grant, text)))
    if evaluation is not None and evaluation.practice_class:
        chosen.add(f"MAT-{evaluation.practice_class}")
    return [known[code] for code in sorted(chosen & known.keys())]


def _demand(checks: Iterable[Check]) -> None:
    for check in checks:
        if not check.met:
            reason = f" ({check.reason})" if check.reason else ""
            raise StepRefused(_("Not yet: %(check)s%(reason)s.") % {"check": check.label, "reason": reason})


def send_to_safeguarding(
    record: CaseRecord, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> CaseRecord:
    """The text is ready to be looked at by the safeguarding lead."""
    with transaction.atomic():
        _demand(text_checks(latest_text(record)))
        return perform(record, "send_to_safeguarding", by=by, at=at, expected_version=expected_version)


def pass_safeguarding(
    record: CaseRecord, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> CaseRecord:
    """Nobody can be recognised."""
    return perform(record, "pass_safeguarding", by=by, at=at, reason=reason, expected_version=expected_version)


def send_back_practice(
    record: CaseRecord, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> CaseRecord:
    """Something must change first; the author reads the reason."""
    if not reason.strip():
        raise StepRefused(_("Say what should change."), field="reason")
    return perform(record, "send_back", by=by, at=at, reason=reason, expected_version=expected_version)


def publish_practice(
    record: CaseRecord, *, by: User, at: dt.datetime, expected_version: int | None = None
) -> CaseRecord:
    """Validate and publish the newest version. StepRefused tells the first condition that does not hold."""
    with transaction.atomic():
        _demand(publication_checks(record, timezone.localdate(at)))
        text = latest_text(record)
        assert text is not None
        practice_class = Evaluation.objects.values_list("practice_class", flat=True).get(thread=record.thread)
        return perform(
            record,
            "publish",
            by=by,
            at=at,
            facts={"text_version": text.number, "practice_class": practice_class},
            expected_version=expected_version,
            text_version=text.number,
            published_at=at,
        )


def revise_practice(
    record: CaseRecord, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> CaseRecord:
    """Write a new version; the published one stays until the new one is published."""
    return perform(record, "revise", by=by, at=at, reason=reason, expected_version=expected_version)


def retire_practice(
    record: CaseRecord, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> CaseRecord:
    """Take it out of the library; the reason is kept."""
    if not reason.strip():
        raise StepRefused(_("Say why it is retired."), field="reason")
    return perform(record, "retire", by=by, at=at, reason=reason, expected_version=expected_version)
