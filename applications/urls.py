"""Pages of this stage."""

from django.urls import URLPattern, URLResolver, path

from applications.views import appeals, applicant, committee, detail, diligence, officer, panel, public, reviewer, steps

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
    path("reviews/", reviewer.MyReviews.as_view(), name="reviews"),
    path("reviews/<int:pk>/", reviewer.ReviewDetail.as_view(), name="review"),
    path("reviews/<int:pk>/scores/", reviewer.ScoreSheet.as_view(), name="review_scores"),
    path("reviews/<int:pk>/steps/<slug:step>/", reviewer.ReviewStep.as_view(), name="review_step"),
    path("reviewers/", panel.Reviewers.as_view(), name="reviewers"),
    path("reviewers/<int:pk>/", panel.DescribeReviewer.as_view(), name="reviewer_profile"),
    path("meetings/", committee.Meetings.as_view(), name="meetings"),
    path("meetings/new/", committee.NewMeeting.as_view(), name="meeting_new"),
    path("meetings/<str:ref>/", committee.MeetingDetail.as_view(), name="meeting"),
    path("meetings/<str:ref>/items/new/", committee.NewItem.as_view(), name="item_new"),
    path("meetings/<str:ref>/steps/<slug:step>/", committee.MeetingStep.as_view(), name="meeting_step"),
    path("items/<int:pk>/", committee.ItemDetail.as_view(), name="item"),
    path("items/<int:pk>/steps/<slug:step>/", committee.ItemStep.as_view(), name="item_step"),
    path("open-items/<int:pk>/", diligence.CloseOpenItem.as_view(), name="open_item"),
    path("leads/<int:pk>/", diligence.ClearLead.as_view(), name="lead"),
    path("appeals/<str:ref>/", appeals.AppealPage.as_view(), name="appeal"),
    path("appeals/<str:ref>/steps/<slug:step>/", appeals.AppealStep.as_view(), name="appeal_step"),
    path("<str:ref>/appeal/", appeals.Lodge.as_view(), name="appeal_new"),
    path("<str:ref>/reviews/", panel.PanelPage.as_view(), name="panel"),
    path("<str:ref>/reviews/invite/", panel.InviteReviewer.as_view(), name="invite"),
    path("<str:ref>/reviews/result/", panel.Moderate.as_view(), name="moderate"),
    path("<str:ref>/diligence/", diligence.DiligencePage.as_view(), name="diligence"),
    path("<str:ref>/diligence/missing/", diligence.AddOpenItem.as_view(), name="open_item_new"),
    path("<str:ref>/diligence/lead/", diligence.AddLead.as_view(), name="lead_new"),
    path("<str:ref>/diligence/finish/", diligence.Finish.as_view(), name="diligence_finish"),
    path("<str:ref>/diligence/<str:item>/", diligence.RateItem.as_view(), name="diligence_item"),
    path("<str:ref>/", detail.Detail.as_view(), name="detail"),
    path("<str:ref>/write/<slug:section>/", applicant.SectionPage.as_view(), name="section"),
    path("<str:ref>/rows/<slug:table>/<int:row>/", applicant.RowPage.as_view(), name="row"),
    path("<str:ref>/files/<int:row>/", applicant.FilePage.as_view(), name="file"),
    path("<str:ref>/print/", detail.Print.as_view(), name="print"),
    path("<str:ref>/screening/", officer.Screening.as_view(), name="screening"),
    path("<str:ref>/steps/<slug:step>/", steps.ApplicationStep.as_view(), name="step"),
]
