"""How many agreements one process draws in a second: `python -m tests.bench.papers`."""

from time import perf_counter, process_time
from typing import Any

SECONDS = 5


def agreement(language: str) -> Any:
    """One of the longest there are: four tranches, each with its conditions, and conditions of the award."""
    from disbursements.pdf import Agreement, AgreementPart
    from disbursements.queries.wording import wordings

    said = wordings(language)[-1]
    parts = tuple(
        AgreementPart(
            no=no,
            share_bp=share,
            amount_minor=share * 1_000,
            planned_date=f"2027-0{no * 2}-01",
            conditions=tuple(f"Condition {n} avant la tranche {no}, vérifiée par le Fonds" for n in range(1, 5)),
        )
        for no, share in ((1, 3000), (2, 3000), (3, 2500), (4, 1500))
    )
    return Agreement(
        ref="GR-2027-0001",
        language=language,
        title="Une place à l'école pour chaque enfant du carré minier",
        organisation="Umoja wa Watoto",
        place="Kipushi, Haut-Katanga",
        amount_minor=10_000_000,
        currency="USD",
        start_date="2027-01-01",
        end_date="2028-12-31",
        schedule="30/30/25/15",
        refund_days=30,
        prepared_date="2026-12-01",
        parts=parts,
        award_conditions=("Une personne de référence est nommée", "Le code de conduite est signé"),
        wording=said.version,
        wording_sha256=said.sha256,
        words=dict(said.words),
        duties=said.duties,
    )


def main() -> None:
    """Draw for some seconds in each language; print the rate by the wall and by the processor."""
    import django

    django.setup()
    from disbursements.pdf import render_agreement

    for language in ("fr", "sw", "en"):
        frozen = agreement(language)
        size = len(render_agreement(frozen))
        count, wall, cpu = 0, perf_counter(), process_time()
        while perf_counter() - wall < SECONDS:
            render_agreement(frozen)
            count += 1
        spent, used = perf_counter() - wall, process_time() - cpu
        each = f"{1000 * used / count:.1f} ms of the processor each"
        print(f"agreements in {language}: {count / spent:.1f} a second, {each}, {size:,} bytes")


if __name__ == "__main__":
    main()
