"""Pages of the ground floor."""

from django.urls import URLPattern, URLResolver, path

from fundmgmt.views import account, administrator, auditor, journal_line, organisation, outbox, projects, public
from fundmgmt.views.gallery import Gallery

app_name = "fundmgmt"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", public.Home.as_view(), name="home"),
    path("how-it-works/", public.HowItWorks.as_view(), name="how_it_works"),
    path("health/", public.Health.as_view(), name="health"),
    path("gallery/", Gallery.as_view(), name="gallery"),
    path("outbox/", outbox.Outbox.as_view(), name="outbox"),
    path("rules/", public.Rules.as_view(), name="rules"),
    path("rules/<slug:key>/", public.RuleHistory.as_view(), name="rule"),
    path("rules/<slug:key>/change/", administrator.ChangeRule.as_view(), name="rule_change"),
    path("you/", account.Account.as_view(), name="account"),
    path("you/close/", account.CloseAccount.as_view(), name="account_close"),
    path("join/<str:token>/", account.Join.as_view(), name="join"),
    path("organisations/new/", organisation.RegisterOrganisation.as_view(), name="organisation_new"),
    path("organisations/<slug:ref>/", organisation.OrganisationPage.as_view(), name="organisation"),
    path("organisations/<slug:ref>/edit/", organisation.DescribeOrganisation.as_view(), name="organisation_edit"),
    path(
        "organisations/<slug:ref>/steps/<slug:step>/",
        organisation.OrganisationSteps.as_view(),
        name="organisation_step",
    ),
    path("organisations/<slug:ref>/hand-over/", organisation.HandOver.as_view(), name="hand_over"),
    path("organisations/<slug:ref>/colleagues/new/", organisation.AddColleague.as_view(), name="colleague_new"),
    path("organisations/<slug:ref>/colleagues/<int:pk>/", organisation.ChangeColleague.as_view(), name="colleague"),
    path(
        "organisations/<slug:ref>/colleagues/<int:pk>/leave/",
        organisation.EndMembership.as_view(),
        name="colleague_leave",
    ),
    path(
        "organisations/<slug:ref>/invitations/<int:pk>/end/",
        organisation.TakeBackInvitation.as_view(),
        name="invitation_end",
    ),
    path("people/", administrator.People.as_view(), name="people"),
    path("people/<int:pk>/", administrator.Person.as_view(), name="person"),
    path("people/<int:pk>/roles/new/", administrator.GiveRole.as_view(), name="role_new"),
    path("people/<int:pk>/roles/<int:grant>/end/", administrator.EndRole.as_view(), name="role_end"),
    path("people/<int:pk>/close/", administrator.CloseFor.as_view(), name="person_close"),
    path("committee/seats/", administrator.Seats.as_view(), name="seats"),
    path("committee/seats/new/", administrator.AddSeat.as_view(), name="seat_new"),
    path("committee/seats/<int:pk>/end/", administrator.EndSeat.as_view(), name="seat_end"),
    path("committee/terms/new/", administrator.BeginTerm.as_view(), name="term_new"),
    path("committee/terms/<int:pk>/end/", administrator.EndTerm.as_view(), name="term_end"),
    path("journal/", auditor.Journal.as_view(), name="journal"),
    path("journal/verify/", auditor.Verify.as_view(), name="verify"),
    path("journal/<uuid:thread>/", auditor.JournalThread.as_view(), name="journal_thread"),
    path("journal/<uuid:thread>/<int:seq>/", journal_line.JournalLine.as_view(), name="journal_line"),
    path("journal/<uuid:thread>/<int:seq>/erase/", journal_line.EraseWords.as_view(), name="erase_words"),
    path("projects/<uuid:thread>/", projects.Dossier.as_view(), name="dossier"),
    path("papers/<uuid:uid>/", projects.ServePaper.as_view(), name="paper"),
]
