"""Pages of this stage."""

from django.urls import URLPattern, URLResolver, path

from applications.views import applicant, detail, officer, public, steps

app_name = "applications"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", officer.Applications.as_view(), name="list"),
    path("mine/", applicant.Mine.as_view(), name="mine"),
    path("calls/", public.Calls.as_view(), name="calls"),
    path("calls/feed.json", public.Feed.as_view(), name="feed"),
    path("calls/new/", officer.NewCall.as_view(), name="call_new"),
    path("calls/<str:ref>/", public.CallDetail.as_view(), name="call"),
    path("calls/<str:ref>/edit/", officer.EditCall.as_view(), name="call_edit"),
    path("calls/<str:ref>/apply/", public.Start.as_view(), name="start"),
    path("calls/<str:ref>/steps/<slug:step>/", steps.CallStep.as_view(), name="call_step"),
    path("<str:ref>/", detail.Detail.as_view(), name="detail"),
    path("<str:ref>/write/<slug:section>/", applicant.SectionPage.as_view(), name="section"),
    path("<str:ref>/rows/<slug:table>/<int:row>/", applicant.RowPage.as_view(), name="row"),
    path("<str:ref>/files/<int:row>/", applicant.FilePage.as_view(), name="file"),
    path("<str:ref>/print/", detail.Print.as_view(), name="print"),
    path("<str:ref>/screening/", officer.Screening.as_view(), name="screening"),
    path("<str:ref>/steps/<slug:step>/", steps.ApplicationStep.as_view(), name="step"),
]
