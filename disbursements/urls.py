"""Pages of this stage."""

from django.urls import URLPattern, URLResolver

app_name = "disbursements"

urlpatterns: list[URLPattern | URLResolver] = []
