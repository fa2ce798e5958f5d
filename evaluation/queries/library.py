"""What anybody may read: published practices, through redaction and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from disbursements.models import Grant
from evaluation.models import CaseRecord, Evaluation, PracticeTagUse, PracticeText, Replication
from evaluation.queries.arithmetic import mean_in_tenths
from evaluation.queries.evaluations import least_ethics, replicability_of
from evaluation.queries.results import Result, cost_per_person, public_results, results_of
from evaluation.redaction import clean, place, traces
from evaluation.states import CLASS_MEANS, CostBasis, EvaluationState, PlaceLevel, PracticeClass
from fundmgmt.formats import words
from fundmgmt.kinds import all_kinds
from fundmgmt.money import Money
from fundmgmt.rules import rules
from fundmgmt.states import Language

if TYPE_CHECKING:
    from fundmgmt.models import PracticeTag

# Steps anybody may know of; nothing about holds, scores of one person, or money that was stopped.
PUBLIC_STORY = frozenset(
    {
        "applications.application.submit",
        "applications.application.approve",
        "applications.application.approve_with_conditions",
        "disbursements.grant.countersign",
        "disbursements.grant.activate",
        "disbursements.tranche.confirm",
        "disbursements.grant.end",
        "disbursements.grant.record_refund",
        "disbursements.grant.close",
        "evaluation.report.accept",
        "evaluation.milestone.verify",
        "evaluation.evaluation.make_final",
        "evaluation.caserecord.publish",
    }
)
PUBLIC_AMOUNTS = frozenset(
    {"applications.application.approve", "disbursements.tranche.confirm", "disbursements.grant.record_refund"}
)
NUMBERED = frozenset({"evaluation.report.accept", "disbursements.tranche.confirm"})
NEAREST = {PlaceLevel.PROVINCE: 0, PlaceLevel.TERRITORY: 1, PlaceLevel.COMMUNE: 2}


@dataclass(frozen=True)
class Check:
    """One condition of publication."""

    label: object
    met: bool
    reason: object = ""


@dataclass(frozen=True)
class PublicMoment:
    """One line of the public story."""

    at: dt.datetime
    text: object
    amount: Money | None = None
    code: str = ""


@dataclass(frozen=True)
class PublicPractice:
    """A practice as the world reads it. Every text in it went through `redaction.clean`."""

    ref: str
    title: str
    summary: str
    language: str
    first_written: str  # of what language it is a translation, if it is one
    place: str
    organisation: str
    year: str
    practice_class: str
    class_means: str
    evidence_level: int
    replicability: str
    context: str
    problem: str
    steps: tuple[str, ...]
    inputs: str
    results_said: tuple[str, ...]
    results: tuple[Result, ...]
    what_failed: str
    unexpected: str
    lessons: tuple[str, ...]
    adaptations: str
    safeguards: str
    cost: Money | None
    cost_basis: str
    tags: tuple[PracticeTag, ...]
    story: tuple[PublicMoment, ...]
    consent_note: str
    licence: str
    published_at: dt.datetime | None
    replications: int


def published(filters: dict[str, Any] | None = None) -> QuerySet[CaseRecord]:
    """Published records with their published text and tags; filters: tags (codes), practice_class, language, q."""
    texts = PracticeText.objects.filter(case_record=OuterRef("pk"), number=OuterRef("published_version"))
    rows = CaseRecord.objects.published()
    wanted = filters or {}
    for code in wanted.get("tags") or []:
        rows = rows.filter(Exists(texts.filter(tag_uses__tag__code=code)))
    if wanted.get("practice_class"):
        finals = Evaluation.objects.filter(thread=OuterRef("thread"), state=EvaluationState.FINAL)
        rows = rows.filter(Exists(finals.filter(practice_class=wanted["practice_class"])))
    if wanted.get("language"):
        spoken = Q(language=wanted["language"]) | Q(translations__has_key=wanted["language"])
        rows = rows.filter(Exists(texts.filter(spoken)))
    for word in (wanted.get("q") or "").split():
        said = Q()
        for column in (
            "title_en",
            "title_fr",
            "title_sw",
            "summary_en",
            "summary_fr",
            "summary_sw",
            "problem",
            "context",
        ):
            said |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(Exists(texts.filter(said)))
    uses = PracticeTagUse.objects.select_related("tag")
    shown = PracticeText.objects.filter(number=F("case_record__published_version"))
    return rows.prefetch_related(
        Prefetch("texts", queryset=shown.prefetch_related(Prefetch("tag_uses", queryset=uses)), to_attr="shown_texts")
    )


def public_practice(record: CaseRecord) -> PublicPractice | None:
    """Everything of one published practice; None when a part it needs is missing."""
    text = record.texts.filter(number=record.published_version or 0).prefetch_related("tag_uses__tag").first()
    grant = Grant.objects.select_related("application", "organisation").filter(thread=record.thread).first()
    evaluation = Evaluation.objects.filter(thread=record.thread, state=EvaluationState.FINAL).first()
    if text is None or grant is None or evaluation is None:
        return None
    application = grant.application
    total, n = replicability_of(evaluation)
    return PublicPractice(
        ref=record.ref or "",
        title=clean(text.title),
        summary=clean(text.summary),
        language=text.shown_in,
        first_written="" if text.shown_in == text.language else str(Language(text.language).label),
        place=clean(public_place(application, text.place_level)),
        organisation=clean(grant.organisation.name),
        year=str(grant.end_date.year),
        practice_class=str(PracticeClass(evaluation.practice_class).label) if evaluation.practice_class else "",
        class_means=str(CLASS_MEANS[PracticeClass(evaluation.practice_class)]) if evaluation.practice_class else "",
        evidence_level=evaluation.evidence_level or 0,
        replicability=words.tenths(mean_in_tenths(total, n)) if n else "",
        context=clean(text.said("context")),
        problem=clean(text.said("problem")),
        steps=tuple(clean(step) for step in text.said("steps")),
        inputs=clean(text.said("inputs")),
        results_said=tuple(clean(line) for line in text.said("results")),
        results=tuple(public_results(results_of(grant))),
        what_failed=clean(text.said("what_failed")),
        unexpected=clean(text.said("unexpected")),
        lessons=tuple(clean(line) for line in text.said("lessons")),
        adaptations=clean(text.said("adaptations")),
        safeguards=clean(text.said("safeguards")),
        cost=cost_per_person(grant, text),
        cost_basis=str(CostBasis(text.cost_basis).label),
        tags=tuple(use.tag for use in text.tag_uses.all()),
        story=tuple(public_story(record)),
        consent_note=clean(text.said("consent_note")),
        licence=text.licence,
        published_at=record.published_at,
        replications=funded_replications(record),
    )


def public_place(application: Application, level: str) -> str:
    """The nearer of what the evaluator and the organisation allow is not shown: the farther is."""
    allowed = application.public_precision if application.public_precision in NEAREST else PlaceLevel.TERRITORY
    farther = min((level, allowed), key=lambda one: NEAREST[PlaceLevel(one)])
    return place(
        farther,
        province=application.province,
        territory=application.territory,
        commune=application.commune,
    )


def public_story(record: CaseRecord) -> list[PublicMoment]:
    """Steps anybody may know of, oldest first."""
    story = []
    for moment in record.moments.filter(kind__in=PUBLIC_STORY).prefetch_related("figures"):
        facts = {figure.key: figure for figure in moment.figures.all()}
        amount = None
        if moment.kind in PUBLIC_AMOUNTS and "amount_minor" in facts and "currency" in facts:
            amount = Money(facts["amount_minor"].number or 0, facts["currency"].code)
        code = facts["milestone"].code if "milestone" in facts else ""
        if moment.kind in NUMBERED and "no" in facts:
            code = str(facts["no"].number)
        story.append(PublicMoment(moment.at, all_kinds()[moment.kind].label, amount, code))
    return story


def funded_replications(record: CaseRecord) -> int:
    """Proposals begun from this practice that were funded."""
    threads = Replication.objects.filter(case_record=record).values("thread")
    return Grant.objects.filter(thread__in=threads).count()


def latest_text(record: CaseRecord) -> PracticeText | None:
    """The newest version."""
    return record.texts.prefetch_related("tag_uses__tag").order_by("-number").first()


def found_traces(text: PracticeText) -> list[tuple[str, Any]]:
    """What the safeguarding lead must look at: the field's name and what was found in it."""
    found = []
    for name in text.private_fields:
        said = "\n".join(_lines(getattr(text, name)))
        found += [(_label(name), trace) for trace in traces(said)]
    return found


def _lines(value: Any) -> list[str]:
    """Every line of a part: a text, a list of lines, or translations of both."""
    if isinstance(value, dict):
        return [line for one in value.values() for line in _lines(one)]
    return [line for one in value for line in _lines(one)] if isinstance(value, list) else [value or ""]


def _label(name: str) -> str:
    return str(getattr(PracticeText._meta.get_field(name), "verbose_name", name))


def text_checks(text: PracticeText | None) -> list[Check]:
    """What a text needs before it is checked for safeguarding."""
    if text is None:
        return [Check(_("The practice is written"), met=False)]
    return [
        Check(_("Title in three languages"), all((text.title_en, text.title_fr, text.title_sw))),
        Check(_("Context, problem and steps are written"), bool(text.context and text.problem and text.steps)),
        Check(_("The organisation agrees in writing"), text.consent_organisation),
    ]


def publication_checks(record: CaseRecord, day: dt.date) -> list[Check]:
    """Every condition of publication with the fact behind it."""
    text = latest_text(record)
    evaluation = Evaluation.objects.filter(thread=record.thread).first()
    final = evaluation is not None and evaluation.state == EvaluationState.FINAL
    checks = [*text_checks(text), Check(_("The evaluation is final"), final)]
    if text is not None:
        checks.append(Check(_("Nothing in the text leads to a person"), not found_traces(text)))
    if evaluation is None or evaluation.practice_class is None:
        return [*checks, Check(_("The practice has a class"), met=False)]
    if evaluation.practice_class == PracticeClass.LESSON:
        return [*checks, Check(_("A lesson needs no replicability"), met=True)]
    found = rules(["replicability_mean_hundredths", "replicability_ethics_min"], day)
    wanted, least = (found[key].value for key in ("replicability_mean_hundredths", "replicability_ethics_min"))
    total, n = replicability_of(evaluation)
    ethics = least_ethics(evaluation)
    mean = words.tenths(mean_in_tenths(total, n) if n else None)
    said = {"mean": mean, "wanted": words.number(Decimal(wanted).scaleb(-2))}
    reason = _("mean %(mean)s of 4, wanted %(wanted)s") % said
    checks.append(Check(_("Replicability is high enough"), n > 0 and total * 100 >= wanted * n, reason))
    reason = _("lower score %(score)s, wanted %(wanted)s") % {
        "score": "–" if ethics is None else ethics,
        "wanted": least,
    }
    checks.append(Check(_("Responsive and ethical (RP-05)"), ethics is not None and ethics >= least, reason))
    return checks
