"""The sealed record of an agreement: what it says, and whether all of it is still as it was."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from disbursements.models import SigningCode
from disbursements.pdf import Certificate, Pairs, agreement_from, certificate_from, render_agreement
from disbursements.pdf import render_certificate as draw_certificate
from disbursements.queries.signing import hand_of, text_of
from disbursements.states import SignedHow
from fundmgmt import journal
from fundmgmt.formats.words import day, moment
from fundmgmt.journal import subject_of
from fundmgmt.kinds import all_kinds
from fundmgmt.models import JournalEntry

if TYPE_CHECKING:
    from disbursements.models import Grant
    from fundmgmt.models import Paper

STEPS = tuple(
    f"disbursements.grant.{step}" for step in ("prepare", "sign", "sign_on_paper", "sign_by_mark", "countersign")
)


def steps_of(grant: Grant) -> list[JournalEntry]:
    """The entries of the journal that made the agreement, from the text that was signed on."""
    entries = JournalEntry.objects.filter(subject=subject_of(grant), kind__in=STEPS).order_by("seq")
    found = list(entries)
    last = max((place for place, one in enumerate(found) if one.kind.endswith(".prepare")), default=0)
    return found[last:]


def certificate_of(grant: Grant) -> Certificate:
    """Who signed, how and when, which text, and where the journal stands: frozen in the grantee's language."""
    entries = steps_of(grant)
    with translation.override(grant.language):
        head = _("When this was sealed, the journal of this project stood at entry %(no)s with the hash %(hash)s.")
        return Certificate(
            ref=grant.ref,
            language=grant.language,
            heading=_("Record of the signatures"),
            title=grant.application.title,
            sealed_date=timezone.localdate(grant.fund_signed_at).isoformat(),
            parts=_parts(grant, str(entries[-1].facts["entry"])),
            columns=(_("No."), _("Step"), _("When"), _("Hash of the entry")),
            steps=tuple((str(one.seq), str(all_kinds()[one.kind].label), moment(one.at), one.hash) for one in entries),
            seal=head % {"no": entries[-1].seq, "hash": entries[-1].hash},
            foot=_("The page of the agreement says at any time whether these papers are still the same."),
        )


def _parts(grant: Grant, commitment: str) -> tuple[tuple[str, Pairs], ...]:
    paper = text_of(grant)
    about = (
        (_("Reference"), grant.ref),
        (_("Grantee"), grant.organisation.name),
        (_("Project"), grant.application.title),
        (_("Wording"), agreement_from(paper.snapshot or {}).wording),
        (_("Signed text (SHA-256)"), paper.sha256),
    )
    grantee = ((_("Name"), grant.grantee_signed_name), (_("When"), moment(grant.grantee_signed_at)), *_how(grant))
    fund = (
        (_("Name"), grant.fund_signed_by.name if grant.fund_signed_by else ""),
        (_("When"), moment(grant.fund_signed_at)),
        (_("Entry in the ledger"), commitment),
    )
    return ((_("Grant agreement"), about), (_("For the grantee"), grantee), (_("For the fund"), fund))


def _how(grant: Grant) -> list[tuple[str, str]]:
    """How the grantee signed, in pairs of what and which."""
    pairs = [(_("How"), str(SignedHow(grant.signed_how).label))]
    hand = hand_of(grant)
    if hand is None:
        code = SigningCode.objects.get(paper=grant.agreement_paper, used_at__isnull=False)
        return [*pairs, (_("The code was sent"), str(code.get_channel_display()))]
    pairs += [(_("Day"), day(hand.signed_date)), (_("Place"), hand.place)]
    if hand.how == SignedHow.MARK:
        witness = f"{hand.witness_name}, {hand.get_witness_role_display()}"
        pairs += [(_("Read aloud in"), str(hand.get_language_display())), (_("Witness"), witness)]
    recorded = (_("Recorded by"), hand.recorded_by.name)
    return [*pairs, recorded, (_("Copy of the signed paper (SHA-256)"), hand.copy.sha256)]


@dataclass(frozen=True)
class Found:
    """One thing that was looked at, and whether it is as it was."""

    label: str
    met: bool
    reason: str


def stored_sha256(paper: Paper) -> str:
    """The hash of the bytes as they lie in the store now; empty when they are gone."""
    digest = hashlib.sha256()
    try:
        with paper.file.open("rb") as stored:
            for part in stored.chunks():
                digest.update(part)
    except OSError:
        return ""
    return digest.hexdigest()


def verify_record(grant: Grant) -> list[Found]:
    """Each paper against the journal and its own frozen data, the signatures against the text, the chain itself."""
    found = []
    hand = hand_of(grant)
    if grant.agreement_paper is not None:
        found += _paper(grant.agreement_paper, lambda frozen: render_agreement(agreement_from(frozen)))
        found.append(_signatures(grant))
    if hand is not None:
        found += _paper(hand.copy, None)
    if grant.certificate_paper is not None:
        found += _paper(grant.certificate_paper, lambda frozen: draw_certificate(certificate_from(frozen)))
    verdict = journal.verify(grant.thread)
    said = _("%(count)s entries recomputed.") % {"count": verdict.entries}
    found.append(
        Found(_("Journal of this project"), not verdict.problems, verdict.problems[0] if verdict.problems else said)
    )
    return found


def _paper(paper: Paper, draw: Any) -> list[Found]:
    added = JournalEntry.objects.filter(kind="fundmgmt.paper.add", subject=subject_of(paper)).first()
    noted = added.facts["sha256"] if added is not None else ""
    whole = stored_sha256(paper) == noted == paper.sha256
    said = _("The stored file has the hash that the journal keeps.")
    wrong = _("The stored file is not the one that the journal knows.")
    rows = [Found(paper.title, whole, said if whole else wrong)]
    if draw is not None:
        same = hashlib.sha256(draw(paper.snapshot)).hexdigest() == noted
        again = _("Drawn again from its frozen data it is the same, byte for byte.")
        other = _("Drawn again from its frozen data it is another.")
        rows.append(Found(paper.title, same, again if same else other))
    return rows


def _signatures(grant: Grant) -> Found:
    """The journal's steps of signing all name the hash of this text."""
    signed = [one for one in steps_of(grant) if not one.kind.endswith(".prepare")]
    whole = all(one.facts.get("sha256") == text_of(grant).sha256 for one in signed)
    said = _("Signatures under this text: %(count)s.") % {"count": len(signed)}
    return Found(_("Signatures"), whole, said if whole else _("A signature was given to another text."))
