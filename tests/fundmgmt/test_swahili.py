"""What strangers, applicants and grantees read stands in Swahili too."""

from fnmatch import fnmatch

import pytest

from fundmgmt.management.commands import messages

# Pages, forms, refusals, states, steps, letters and papers that people outside the fund meet.
APPLICANT_FILES = (
    "applications/access.py",
    "applications/actions/appeals.py",
    "applications/actions/intake.py",
    "applications/actions/rows.py",
    "applications/actions/sections.py",
    "applications/forms/appeals.py",
    "applications/forms/figures.py",
    "applications/forms/rows.py",
    "applications/forms/sections.py",
    "applications/forms/steps.py",
    "applications/kinds.py",
    "applications/models/appeals.py",
    "applications/models/application.py",
    "applications/models/proposal.py",
    "applications/models/sections.py",
    "applications/panels.py",
    "applications/pdf.py",
    "applications/queries/appeals.py",
    "applications/queries/checks.py",
    "applications/queries/choices.py",
    "applications/queries/progress.py",
    "applications/states.py",
    "applications/views/appeals.py",
    "applications/views/applicant.py",
    "applications/views/detail.py",
    "applications/views/public.py",
    "applications/views/steps.py",
    "applications/views/tables.py",
    "disbursements/access.py",
    "disbursements/actions/amending.py",
    "disbursements/actions/banking.py",
    "disbursements/actions/closing.py",
    "disbursements/actions/conditions.py",
    "disbursements/actions/grants.py",
    "disbursements/actions/signing.py",
    "disbursements/actions/tranches.py",
    "disbursements/forms/amending.py",
    "disbursements/forms/bank_details.py",
    "disbursements/forms/closing.py",
    "disbursements/forms/grants.py",
    "disbursements/forms/signing.py",
    "disbursements/kinds.py",
    "disbursements/models/amendments.py",
    "disbursements/models/closing.py",
    "disbursements/models/grants.py",
    "disbursements/models/tranches.py",
    "disbursements/panels/__init__.py",
    "disbursements/pdf.py",
    "disbursements/models/waivers.py",
    "disbursements/queries/amendments.py",
    "disbursements/queries/banking.py",
    "disbursements/queries/checks.py",
    "disbursements/queries/closing.py",
    "disbursements/queries/forecasts.py",
    "disbursements/queries/thresholds.py",
    "disbursements/states/*.py",
    "disbursements/views/amending.py",
    "disbursements/views/closing.py",
    "disbursements/queries/sealing.py",
    "disbursements/queries/signing.py",
    "disbursements/views/agreement.py",
    "disbursements/views/grantee.py",
    "disbursements/views/project.py",
    "evaluation/access.py",
    "evaluation/actions/reporting.py",
    "evaluation/forms/reports.py",
    "evaluation/kinds.py",
    "evaluation/models/reports.py",
    "evaluation/panels.py",
    "evaluation/queries/library.py",
    "evaluation/queries/reports.py",
    "evaluation/states.py",
    "evaluation/views/grantee.py",
    "evaluation/views/library.py",
    "fundmgmt/access.py",
    "fundmgmt/actions/organisations.py",
    "fundmgmt/actions/papers.py",
    "fundmgmt/actions/people.py",
    "fundmgmt/actions/sifting.py",
    "fundmgmt/formats/*.py",
    "fundmgmt/forms/*.py",
    "fundmgmt/kinds.py",
    "fundmgmt/mail.py",
    "fundmgmt/models/people.py",
    "fundmgmt/money.py",
    "fundmgmt/pages/signin.py",
    "fundmgmt/queries/story.py",
    "fundmgmt/roles.py",
    "fundmgmt/states.py",
    "fundmgmt/views/account.py",
    "fundmgmt/views/frame.py",
    "fundmgmt/views/menu.py",
    "fundmgmt/views/organisation.py",
    "fundmgmt/views/public.py",
    "fundmgmt/workflow.py",
    "templates/*.html",
    "templates/account/*.html",
    "templates/account/email/*.txt",
    "templates/applications/appeal*.html",
    "templates/applications/applicant/*.html",
    "templates/applications/detail.html",
    "templates/applications/print.html",
    "templates/applications/public/*.html",
    "templates/applications/steps/submit.html",
    "templates/disbursements/agreement.html",
    "templates/disbursements/amendment.html",
    "templates/disbursements/amendments.html",
    "templates/disbursements/agreement_check.html",
    "templates/disbursements/bank_detail.html",
    "templates/disbursements/grant.html",
    "templates/disbursements/parts/*.html",
    "templates/disbursements/steps/*.html",
    "templates/disbursements/tranche.html",
    "templates/disbursements/waiver.html",
    "templates/email/*",
    "templates/evaluation/grantee/*.html",
    "templates/evaluation/library/*.html",
    "templates/fundmgmt/account.html",
    "templates/fundmgmt/close_account.html",
    "templates/fundmgmt/home.html",
    "templates/fundmgmt/how_it_works.html",
    "templates/fundmgmt/join.html",
    "templates/fundmgmt/landing.html",
    "templates/fundmgmt/organisation.html",
    "templates/mfa/*",
    "templates/ui/*.html",
)


def fits(name: str, pattern: str) -> bool:
    """A pattern reaches into the folders below only when it ends in a bare star."""
    deep = pattern.endswith("/*") or name.count("/") == pattern.count("/")
    return deep and fnmatch(name, pattern)


def test_whatever_applicants_read_is_translated_into_swahili() -> None:
    gaps = set(messages.missing("sw"))
    left = []
    for message in messages.extract_catalogue():
        text = message.id if isinstance(message.id, str) else message.id[0]
        files = [name for name, _line in message.locations]
        if text in gaps and any(fits(name, pattern) for name in files for pattern in APPLICANT_FILES):
            left.append(f"{files[0]}: {text}")
    assert not left, "Translate into fundmgmt/locale/sw, after `manage.py messages update`:\n" + "\n".join(left)


@pytest.mark.parametrize("pattern", APPLICANT_FILES)
def test_the_list_names_files_that_exist(pattern: str) -> None:
    assert any(fits(name, pattern) for name, _code in messages.sources()), pattern
