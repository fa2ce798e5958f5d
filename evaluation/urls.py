"""Pages of this stage."""

from django.urls import URLPattern, URLResolver, path

from evaluation.views import casebook, donors, evaluator, grantee, library, officer, receipts

app_name = "evaluation"

urlpatterns: list[URLPattern | URLResolver] = [
    path("reports/", grantee.ReportList.as_view(), name="reports"),
    path("reports/to-answer/", officer.ReportQueue.as_view(), name="queue"),
    path("reports/<int:pk>/", grantee.ReportPage.as_view(), name="report"),
    path("reports/<int:pk>/parts/<str:part>/", grantee.ReportPart.as_view(), name="report_part"),
    path("reports/<int:pk>/steps/<str:step>/", grantee.ReportStep.as_view(), name="report_step"),
    path("reports/<int:pk>/receipts/", receipts.ReceiptShelf.as_view(), name="receipts"),
    path("reports/<int:pk>/receipts/new/", receipts.AddReceipt.as_view(), name="receipt_new"),
    path("reports/<int:pk>/receipts/upload/", receipts.UploadReceipts.as_view(), name="receipt_upload"),
    path("reports/<int:pk>/receipts/sheet/<slug:kind>/", receipts.ReceiptSheet.as_view(), name="receipt_sheet"),
    path("reports/<int:pk>/receipts/<int:receipt>/picture/", receipts.AddPicture.as_view(), name="receipt_picture"),
    path("reports/<int:pk>/receipts/<int:receipt>/out/", receipts.TakeOutReceipt.as_view(), name="receipt_out"),
    path("checks/", officer.CheckList.as_view(), name="checks"),
    path("checks/<str:ref>/", officer.ChecksOf.as_view(), name="checks_of"),
    path("checks/<str:ref>/evaluation/", evaluator.PlanPage.as_view(), name="plan_evaluation"),
    path("checks/<str:ref>/milestones/<str:code>/", officer.MilestonePage.as_view(), name="milestone"),
    path("visits/<int:pk>/", officer.VisitPage.as_view(), name="visit"),
    path("evaluations/", evaluator.EvaluationList.as_view(), name="evaluations"),
    path("evaluations/<int:pk>/", evaluator.EvaluationPage.as_view(), name="evaluation"),
    path("evaluations/<int:pk>/rate/<str:criterion>/", evaluator.RatePage.as_view(), name="rate"),
    path("evaluations/<int:pk>/scores/", evaluator.ScorePage.as_view(), name="scores"),
    path("evaluations/<int:pk>/class/", evaluator.ClassPage.as_view(), name="classify"),
    path("evaluations/<int:pk>/facts/", evaluator.FactPage.as_view(), name="facts"),
    path("evaluations/<int:pk>/steps/<str:step>/", evaluator.EvaluationStep.as_view(), name="evaluation_step"),
    path("cases/", casebook.CaseList.as_view(), name="cases"),
    path("cases/<uuid:thread>/", casebook.CasePage.as_view(), name="case"),
    path("cases/<uuid:thread>/text/", casebook.PracticeEdit.as_view(), name="practice_edit"),
    path("cases/<uuid:thread>/text/<str:language>/", casebook.PracticeTranslate.as_view(), name="practice_translate"),
    path("cases/<uuid:thread>/steps/<str:step>/", casebook.CaseStep.as_view(), name="case_step"),
    path("practices/", library.Library.as_view(), name="library"),
    path("practices/<str:ref>/", library.PracticePage.as_view(), name="practice"),
    path("practices/<str:ref>/copy/", library.CopyPage.as_view(), name="practice_copy"),
    path("statements/", donors.StatementList.as_view(), name="statements"),
    path("statements/<slug:ref>/", donors.StatementPage.as_view(), name="statement"),
    path("statements/<slug:ref>/paper/", donors.StatementPaper.as_view(), name="statement_paper"),
    path("results/", library.Results.as_view(), name="results"),
]
