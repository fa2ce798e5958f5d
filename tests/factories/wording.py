"""New wordings of the agreement for tests, proposed and put in force by the real steps."""

import datetime as dt
from copy import deepcopy
from typing import Any

from disbursements.actions.wording import enact_wording, propose_wording
from disbursements.models import AgreementWording
from disbursements.queries.wording import versions
from fundmgmt.models import User

PROMISE = {
    "en": "The fund pays back nothing in cash, not even 1 %.",
    "fr": "Le Fonds ne rend rien en espèces, pas même 1 %.",
    "sw": "Mfuko haurudishi chochote taslimu, hata 1 %.",
}


def texts(**more: str) -> dict[str, Any]:
    """The last wording as people would type it, with one promise more in each language."""
    found = {
        language: {"words": last.words, "duties": [*last.duties, (more or PROMISE)[language]]}
        for language, last in versions()[-1].items()
    }
    return deepcopy(found)


def proposed(by: User, at: dt.datetime, days: int = 30, **values: Any) -> AgreementWording:
    """Waits for a second person."""
    given = {"decision": "SC-2026-01/9", "reason": "No cash.", "texts": texts(), **values}
    return propose_wording(by=by, at=at, from_date=at.date() + dt.timedelta(days=days), **given)


def enacted(by: User, other: User, at: dt.datetime, days: int = 30) -> AgreementWording:
    """Holds from its day on."""
    return enact_wording(proposed(by, at, days), by=other, at=at)
