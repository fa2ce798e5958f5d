"""Pages of the ground floor."""

from django.urls import URLPattern, URLResolver

app_name = "fundmgmt"

urlpatterns: list[URLPattern | URLResolver] = []
