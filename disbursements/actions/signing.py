"""The grantee signs: with a code that only the signatory receives, by hand on paper, or with a mark and a witness."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.models import Grant, PaperSignature, SigningCode
from disbursements.models.grants import TEXT_CHANGED
from disbursements.queries.signing import channels_of, code_digest, code_rules, fits, newest_code, signable, text_of
from disbursements.states import CodeChannel, SignedHow
from fundmgmt import mail, sms
from fundmgmt.access import require
from fundmgmt.actions.papers import store_upload
from fundmgmt.formats.words import moment
from fundmgmt.models import RoleGrant, StepRefused, User
from fundmgmt.states import PaperKind, Unreached
from fundmgmt.tasks import enqueue
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

LEAST_DIGITS = 4


def ask_code(
    grant: Grant,
    *,
    by: User,
    at: dt.datetime,
    channel: str = CodeChannel.EMAIL,
    expected_version: int | None = None,
) -> Grant:
    """A code for the text as it stands now goes to the signatory; one asked for before is off."""
    numbers = code_rules(timezone.localdate(at))
    with transaction.atomic():
        paper = grant.agreement_paper
        facts = {"channel": channel, "sha256": paper.sha256 if paper else None}
        perform(grant, "ask_code", by=by, at=at, facts=facts, expected_version=expected_version)
        if channel not in dict(channels_of(by)):
            raise StepRefused(_("Your account has no such address. Choose another way."), field="channel")
        recent = SigningCode.objects.filter(grant=grant, person=by, asked_at__gt=at - dt.timedelta(days=1))
        if recent.count() >= numbers["codes_a_day"]:
            raise StepRefused(
                _("Too many codes were asked for in one day. Wait until tomorrow, or sign on paper with the fund.")
            )
        row = SigningCode.objects.create(
            grant=grant,
            paper=text_of(grant),
            person=by,
            channel=channel,
            asked_at=at,
            expires_at=at + dt.timedelta(minutes=numbers["minutes"]),
        )
        enqueue("disbursements.tasks.send_code", row.pk)
    return grant


def make_code(row: SigningCode, *, at: dt.datetime) -> str:
    """Make the code and keep its hash; the code itself is only returned. Empty when it can sign nothing any more."""
    digits = max(code_rules(timezone.localdate(at))["digits"], LEAST_DIGITS)
    with transaction.atomic():
        locked = SigningCode.objects.select_for_update(of=("self",)).select_related("paper").get(pk=row.pk)
        newer = SigningCode.objects.filter(grant=locked.grant_id, person=locked.person_id, pk__gt=locked.pk).exists()
        if locked.used_at or locked.unsent_at or locked.expires_at <= at or newer:
            return ""
        code = "".join(secrets.choice("0123456789") for _digit in range(digits))
        locked.salt = secrets.token_hex(16)
        locked.digest = code_digest(locked, code)
        locked.save(update_fields=["salt", "digest"])
    return code


def send_code(row: SigningCode, *, at: dt.datetime) -> str:
    """Make the code and send it; return by which way, or nothing when there is none to send.

    Who comes again after its time, because every try before met a service in trouble, says that it was not sent.
    """
    code = make_code(row, at=at)
    if not code:
        if row.expires_at <= at and newest_code(row.grant, row.person) == row:
            note_unsent(row, why=Unreached.ACCOUNT, at=at)
        return ""
    reader = row.person
    said = {"ref": row.grant.ref, "code": code, "until": row.expires_at}
    if row.channel == CodeChannel.EMAIL:
        url = f"{row.grant.get_absolute_url()}steps/sign/"
        mail.send("disbursements/signing_code", reader, {**said, "url": url, "action": _("Sign the agreement")})
        return str(row.channel)
    with translation.override(reader.language):
        text = _t("%(code)s is your code to sign %(ref)s, until %(until)s. Give it to nobody, not to the fund either.")
        sms.send(reader.phone, text % {**said, "until": moment(row.expires_at)})
    return str(row.channel)


def note_unsent(row: SigningCode, *, why: str, at: dt.datetime) -> None:
    """The code will reach nobody: it is told where signatory and officer look, once, and signs nothing."""
    with transaction.atomic():
        noted = SigningCode.objects.filter(pk=row.pk, unsent_at=None, used_at=None)
        grant = Grant.objects.get(pk=row.grant_id)
        if noted.update(unsent_at=at, unsent_why=why, digest="") and signable(grant):
            perform(grant, "miss_code", by=None, at=at, facts={"channel": row.channel, "why": why})


def sign_agreement(
    grant: Grant,
    *,
    by: User,
    at: dt.datetime,
    typed_name: str,
    code: str,
    accepted: bool = True,
    expected_version: int | None = None,
) -> Grant:
    """The responsible person of the grantee signs the frozen agreement: typed name, tick and code.

    A try with the code counts before it is looked at, and stays counted when it is refused.
    """
    if not accepted:
        raise StepRefused(_("Tick that you have read the agreement and accept it."), field="accepted")
    name = _whole_name(typed_name, "typed_name")
    require(by, "disbursements.sign_agreement", grant)
    row = _count_try(grant, by, at)
    if not fits(row, code):
        left = code_rules(timezone.localdate(at))["attempts"] - row.attempts
        raise StepRefused(_wrong(left), field="code")
    facts = {
        "sha256": row.paper.sha256,
        "how": SignedHow.CODE,
        "channel": row.channel,
        "attempts": row.attempts,
    }
    body: dict[str, Any] = {"paper": row.paper, "signer": by, "typed_name": name, "when": at}
    with transaction.atomic():
        perform(grant, "sign", by=by, at=at, facts=facts, expected_version=expected_version, **body)
        row.used_at = at
        row.save(update_fields=["used_at"])
    return grant


def _whole_name(name: str, field: str) -> str:
    if len(name.split()) < 2:  # noqa: PLR2004 -- first name and family name
        raise StepRefused(_("Write your first name and your family name."), field=field)
    return " ".join(name.split())


def _wrong(left: int) -> object:
    if left > 0:
        return _("This is not the code that was sent to you. Look again; tries left: %(left)s.") % {"left": left}
    return _("This is not the code that was sent to you, and it was the last try. Ask for a new code.")


def _count_try(grant: Grant, by: User, at: dt.datetime) -> SigningCode:
    """The code that counts, with this try added; refused with what to do when it can sign nothing."""
    most = code_rules(timezone.localdate(at))["attempts"]
    with transaction.atomic():
        found = newest_code(grant, by)
        if found is None or not found.digest:
            raise StepRefused(_("No code has been sent to you yet. Ask for one first."), field="code")
        row = SigningCode.objects.select_for_update(of=("self",)).select_related("paper").get(pk=found.pk)
        if row.paper_id != Grant.objects.values_list("agreement_paper_id", flat=True).get(pk=grant.pk):
            raise StepRefused(TEXT_CHANGED, field="code")
        if row.expires_at <= at:
            said = _("This code was good until %(time)s. Ask for a new one.") % {"time": moment(row.expires_at)}
            raise StepRefused(said, field="code")
        if row.attempts >= most:
            raise StepRefused(_("This code was typed wrongly too often. Ask for a new one."), field="code")
        row.attempts += 1
        row.save(update_fields=["attempts"])
    return row


def sign_on_paper(
    grant: Grant, *, by: User, at: dt.datetime, expected_version: int | None = None, **said: Any
) -> Grant:
    """An officer records that the grantee signed by hand: who, when, where, and the copy."""
    return _record_hand(grant, "sign_on_paper", SignedHow.PAPER, by=by, at=at, version=expected_version, **said)


def sign_by_mark(
    grant: Grant,
    *,
    by: User,
    at: dt.datetime,
    witness_name: str,
    witness_role: str,
    language: str,
    read_aloud: bool = True,
    witness_fit: bool = True,
    expected_version: int | None = None,
    **said: Any,
) -> Grant:
    """An officer read the text aloud; somebody who does not write made a mark before a witness."""
    if not read_aloud:
        raise StepRefused(_("Read the whole text aloud first, then let the signatory ask."), field="read_aloud")
    if not witness_fit:
        raise StepRefused(_("The witness is an adult and does not work for the fund."), field="witness_fit")
    _check_witness(witness_name, said.get("signatory", ""), by)
    witness = {"witness_name": " ".join(witness_name.split()), "witness_role": witness_role, "language": language}
    said |= witness
    return _record_hand(grant, "sign_by_mark", SignedHow.MARK, by=by, at=at, version=expected_version, **said)


def _check_witness(name: str, signatory: str, recorder: User) -> None:
    """Named in full; not who signs, not who records, and nobody who moves the fund's money."""
    _whole_name(name, "witness_name")
    same = _bare(name)
    if same in {_bare(signatory), _bare(recorder.name)}:
        raise StepRefused(
            _("The witness is a third person: not who signs, and not who records it."), field="witness_name"
        )
    payers = User.objects.filter(pk__in=RoleGrant.objects.filter(role="treasurer").values("user"))
    if same in {_bare(one) for one in payers.values_list("name", flat=True)}:
        raise StepRefused(
            _("This person moves the fund's money and cannot be the witness. Ask somebody else."), field="witness_name"
        )


def _bare(name: str) -> str:
    return " ".join(sorted(name.casefold().split()))


def _record_hand(
    grant: Grant,
    step: str,
    how: str,
    *,
    by: User,
    at: dt.datetime,
    version: int | None,
    signatory: str,
    signed_date: dt.date,
    place: str,
    upload: UploadedFile,
    only_paper: bool = True,
    **more: str,
) -> Grant:
    name = _whole_name(signatory, "signatory")
    _check_copy(upload)
    paper = grant.agreement_paper
    if paper is not None:
        _check_day(signed_date, timezone.localdate(paper.added_at), timezone.localdate(at))
    require(by, "disbursements.record_signature", grant)
    with transaction.atomic():
        copy = store_upload(
            grant,
            upload,
            title=f"{PaperKind.SIGNED_COPY.label} {grant.ref}",
            policy="disbursements.view_signed_copy",
            by=by,
            at=at,
            shows_minor=not only_paper,
            kind=PaperKind.SIGNED_COPY,
        )
        facts: dict[str, Any] = {"sha256": paper.sha256 if paper else None, "copy": copy.sha256}
        facts |= {"signed_date": signed_date}
        facts |= {key: more[key] for key in ("language", "witness_role") if more.get(key)}
        body: dict[str, Any] = {"name": name, "recorder": by, "when": at}
        perform(grant, step, by=by, at=at, facts=facts, expected_version=version, **body)
        PaperSignature.objects.create(
            grant=grant,
            paper=text_of(grant),
            copy=copy,
            how=how,
            signatory=name,
            signed_date=signed_date,
            place=place.strip(),
            recorded_by=by,
            recorded_at=at,
            **more,
        )
    return grant


def _check_copy(upload: UploadedFile) -> None:
    head = upload.read(8)
    upload.seek(0)
    if not head.startswith((b"%PDF-", b"\xff\xd8", b"\x89PNG")):
        raise StepRefused(_("Hand in a scan or a photo of the signed paper: PDF, JPG or PNG."), field="upload")


def _check_day(signed: dt.date, prepared: dt.date, today: dt.date) -> None:
    if not prepared <= signed <= today:
        raise StepRefused(
            _("The day of the signature lies between the day the agreement was prepared and today."),
            field="signed_date",
        )
