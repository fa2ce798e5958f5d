"""How agreements are signed in tests: the real steps, with the code read as the signatory would read it."""

import datetime as dt
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from disbursements.actions import grants, signing
from disbursements.models import Grant
from disbursements.queries.signing import newest_code
from fundmgmt.models import User

SIGNATORY = "Responsible person"


def code_for(grant: Grant, by: User) -> str:
    """The code this person asked for a moment ago, as it stands in the message."""
    row = newest_code(grant, by)
    assert row is not None
    return signing.make_code(row, at=timezone.now())


def asked(grant: Grant, *, by: User, at: dt.datetime, channel: str = "email") -> str:
    """The code that was asked for, as it stands in the message."""
    signing.ask_code(grant, by=by, at=at, channel=channel)
    row = newest_code(grant, by)
    assert row is not None
    return signing.make_code(row, at=at)


def sign(grant: Grant, *, by: User, at: dt.datetime, typed_name: str = SIGNATORY, **values: Any) -> Grant:
    """The grantee signs with a code."""
    code = values.pop("code", "") or asked(grant, by=by, at=at)
    return signing.sign_agreement(grant, by=by, at=at, typed_name=typed_name, code=code, **values)


def both(grant: Grant, *, by: User, other: User, at: dt.datetime) -> Grant:
    """Signed by the grantee with a code, then by the fund."""
    sign(grant, by=by, at=at)
    return grants.countersign_agreement(grant, by=other, at=at)


def scan(name: str = "signed.jpg") -> SimpleUploadedFile:
    """A photo of a signed paper."""
    out = BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def by_hand(at: dt.datetime, **values: Any) -> dict[str, Any]:
    """What an officer records of a signature on paper."""
    return {"signatory": SIGNATORY, "signed_date": at.date(), "place": "Kambove", "upload": scan(), **values}


def by_mark(at: dt.datetime, **values: Any) -> dict[str, Any]:
    """What an officer records of a mark made before a witness."""
    witness = {"witness_name": "Sample Witness", "witness_role": "teacher", "language": "sw"}
    return {**by_hand(at), **witness, **values}
