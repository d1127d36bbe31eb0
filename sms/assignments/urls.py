from django.urls import path

from sms.assignments.views import submissions, work

app_name = "assignments"

urlpatterns = [
    path("assignments/", work.assignments, name="assignments"),
    path("assignments/<int:pk>/edit/", work.edit, name="edit"),
    path("assignments/<int:pk>/submissions/", submissions.submissions, name="submissions"),
    path("missions/<int:mission>/assignments/new/", work.create, name="create"),
]
