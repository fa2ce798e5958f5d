"""What is likely to be left of a grant, as a sentence and a picture with its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disbursements.queries.forecasts import RUNNING, forecasts, outlook_in_words
from fundmgmt.charts import Chart, line
from fundmgmt.formats.words import day
from fundmgmt.money import MINOR_DIGITS

if TYPE_CHECKING:
    from disbursements.models import Grant


def outlook(grant: Grant) -> Chart | None:
    """The picture of a grant that runs and has reported spending; its title is the sentence."""
    found = forecasts([grant]).get(grant.pk) if grant.state in RUNNING else None
    if found is None:
        return None
    unit = 10 ** MINOR_DIGITS[grant.currency]
    points = [(day(found.start, "medium"), 0)]
    points += [(day(until, "medium"), minor // unit) for until, minor in found.spent]
    last = found.used_up or found.end
    if found.spent[-1][0] < last:
        points.append((f"{day(last, 'medium')} *", found.expected_minor // unit))
    return line(outlook_in_words(found, grant.currency), points, grant.currency, labels=3)
