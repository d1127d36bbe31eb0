from django.urls import path

from sms.assignments.views import extensions, handing_in, submissions, work

app_name = "assignments"

urlpatterns = [
    path("assignments/", work.assignments, name="assignments"),
    path("assignments/<int:pk>/", handing_in.assignment, name="assignment"),
    path("assignments/<int:pk>/hand-in/", handing_in.hand_in, name="hand-in"),
    path("assignments/<int:pk>/students/<int:mission_enrollment>/", handing_in.of_student, name="of-student"),
    path("assignments/<int:pk>/extensions/", extensions.extensions, name="extensions"),
    path("assignments/<int:pk>/extensions/new/", extensions.extend, name="extend"),
    path("extensions/<int:pk>/revoke/", extensions.revoke, name="revoke-extension"),
    path("evidence/<int:pk>/", handing_in.evidence, name="evidence"),
    path("submissions/<int:pk>/verify/", handing_in.verify, name="verify"),
    path("assignments/<int:pk>/edit/", work.edit, name="edit"),
    path("assignments/<int:pk>/submissions/", submissions.submissions, name="submissions"),
    path("missions/<int:mission>/assignments/new/", work.create, name="create"),
]
