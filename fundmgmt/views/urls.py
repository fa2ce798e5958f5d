"""Pages of the ground floor."""

from django.urls import URLPattern, URLResolver, path

from fundmgmt.views.gallery import gallery

app_name = "fundmgmt"

urlpatterns: list[URLPattern | URLResolver] = [
    path("gallery/", gallery, name="gallery"),
]
