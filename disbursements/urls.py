"""Pages of this stage."""

from django.urls import URLPattern, URLResolver, path

from disbursements import webhooks
from disbursements.views import grantee, guards, officer, project, rails, safeguarding, treasurer

app_name = "disbursements"

urlpatterns: list[URLPattern | URLResolver] = [
    path("grants/", project.GrantList.as_view(), name="grants"),
    path("grants/<slug:ref>/", project.GrantPage.as_view(), name="grant"),
    path("grants/<slug:ref>/agreement/", project.AgreementPage.as_view(), name="agreement"),
    path("grants/<slug:ref>/steps/<slug:step>/", project.GrantSteps.as_view(), name="grant_step"),
    path("grants/<slug:ref>/refund/", officer.RecordRefund.as_view(), name="refund"),
    path("grants/<slug:ref>/close-out/", officer.Closure.as_view(), name="closure"),
    path("tranches/", treasurer.TrancheQueue.as_view(), name="queue"),
    path("tranches/<int:pk>/", project.TranchePage.as_view(), name="tranche"),
    path("tranches/<int:pk>/steps/<slug:step>/", project.TrancheSteps.as_view(), name="tranche_step"),
    path("tranches/<int:pk>/waivers/new/", guards.ProposeWaiver.as_view(), name="waiver_new"),
    path("waivers/<int:pk>/", guards.WaiverPage.as_view(), name="waiver"),
    path("waivers/<int:pk>/steps/<slug:step>/", guards.WaiverSteps.as_view(), name="waiver_step"),
    path("doubts/<int:pk>/", guards.DoubtPage.as_view(), name="doubt"),
    path("doubts/<int:pk>/steps/<slug:step>/", guards.DoubtSteps.as_view(), name="doubt_step"),
    path("findings/<int:pk>/answer/", guards.AnswerFinding.as_view(), name="finding_answer"),
    path("organisations/<slug:ref>/link/", guards.DeclareTie.as_view(), name="tie_new"),
    path("links/", guards.Ties.as_view(), name="ties"),
    path("links/<int:pk>/end/", guards.EndTie.as_view(), name="tie_end"),
    path("conditions/<int:pk>/meet/", officer.MeetCondition.as_view(), name="condition_meet"),
    path("conditions/<int:pk>/open/", officer.UnmeetCondition.as_view(), name="condition_unmeet"),
    path("awards/", officer.AwardList.as_view(), name="awards"),
    path("awards/<slug:ref>/open/", officer.OpenGrant.as_view(), name="open_grant"),
    path("donors/", officer.DonorList.as_view(), name="donors"),
    path("donors/new/", officer.AddDonor.as_view(), name="donor_new"),
    path("donors/<slug:ref>/", officer.DonorPage.as_view(), name="donor"),
    path("donors/<slug:ref>/pledges/new/", officer.RecordPledge.as_view(), name="pledge_new"),
    path("donors/<slug:ref>/contributions/new/", officer.RecordContribution.as_view(), name="contribution_new"),
    path("pledges/<slug:ref>/", officer.PledgePage.as_view(), name="pledge"),
    path("pledges/<slug:ref>/steps/<slug:step>/", officer.PledgeSteps.as_view(), name="pledge_step"),
    path("organisations/<slug:ref>/bank-details/", grantee.EnterBankDetail.as_view(), name="bank_detail_new"),
    path("bank-details/<int:pk>/", grantee.BankDetailPage.as_view(), name="bank_detail"),
    path("bank-details/<int:pk>/verify/", grantee.VerifyBankDetail.as_view(), name="bank_detail_verify"),
    path("bank-details/<int:pk>/refuse/", grantee.RefuseBankDetail.as_view(), name="bank_detail_refuse"),
    path("holds/", safeguarding.HoldList.as_view(), name="holds"),
    path("holds/<int:pk>/", safeguarding.HoldPage.as_view(), name="hold"),
    path("holds/<int:pk>/steps/<slug:step>/", safeguarding.HoldSteps.as_view(), name="hold_step"),
    path("fund/", treasurer.FundPage.as_view(), name="fund"),
    path("fund/costs/new/", treasurer.RecordCost.as_view(), name="cost_new"),
    path("fund/rates/new/", treasurer.AddRate.as_view(), name="rate_new"),
    path("errands/", rails.WorkPage.as_view(), name="work"),
    path("errands/<int:pk>/", rails.RetryErrand.as_view(), name="errand"),
    path("webhooks/<slug:rail>/", webhooks.RailEvents.as_view(), name="rail_events"),
    path("ledger/", treasurer.LedgerList.as_view(), name="ledger"),
    path("ledger/verify/", treasurer.VerifyLedger.as_view(), name="verify_ledger"),
]
