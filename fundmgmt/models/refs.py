"""Counters behind the public references."""

from django.db import models, transaction

from fundmgmt.refs import format_ref


class Sequence(models.Model):
    """The last number given for one prefix and year."""

    stem = models.CharField(max_length=16, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        """Stem and number."""
        return f"{self.stem}: {self.last}"


def next_ref(prefix: str, year: int | None = None) -> str:
    """The next reference of this prefix and year, without gaps inside committed work.

    Must run inside the transaction that saves the row: the counter's row stays locked until then.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("next_ref needs a transaction")
    stem = prefix if year is None else f"{prefix}-{year}"
    Sequence.objects.get_or_create(stem=stem)
    row = Sequence.objects.select_for_update(no_key=True).get(stem=stem)
    row.last += 1
    row.save(update_fields=["last"])
    return format_ref(prefix, year, row.last)
