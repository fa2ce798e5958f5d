"""Every address starts here: one line for each part of the house."""

from django.contrib import admin
from django.urls import include, path

from fundmgmt.views.account import ChooseLanguage

urlpatterns = [
    path("", include("fundmgmt.views.urls")),
    path("applications/", include("applications.urls")),
    path("disbursements/", include("disbursements.urls")),
    path("evaluation/", include("evaluation.urls")),
    path("account/", include("allauth.urls")),
    path("language/", ChooseLanguage.as_view(), name="set_language"),
    path("admin/", admin.site.urls),
]
