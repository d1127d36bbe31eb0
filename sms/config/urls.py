"""Every address of the site (interface.md, "Addresses")."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]
