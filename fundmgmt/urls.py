"""Every address starts here: one line for each part of the house."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("fundmgmt.views.urls")),
    path("applications/", include("applications.urls")),
    path("disbursements/", include("disbursements.urls")),
    path("evaluation/", include("evaluation.urls")),
    path("account/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
