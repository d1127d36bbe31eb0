from django.urls import path

from sms.assignments import views

app_name = "assignments"

urlpatterns = [
    path("assignments/", views.assignments, name="assignments"),
    path("assignments/<int:pk>/edit/", views.edit, name="edit"),
    path("assignments/<int:pk>/submissions/", views.submissions, name="submissions"),
    path("missions/<int:mission>/assignments/new/", views.create, name="create"),
]
