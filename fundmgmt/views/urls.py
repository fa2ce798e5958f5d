"""Pages of the ground floor."""

from django.urls import URLPattern, URLResolver, path

from fundmgmt.views.gallery import Gallery

app_name = "fundmgmt"

urlpatterns: list[URLPattern | URLResolver] = [
    path("gallery/", Gallery.as_view(), name="gallery"),
]
