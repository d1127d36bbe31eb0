from django.urls import path

from sms.assignments.views import lists, submissions, work

app_name = "assignments"

urlpatterns = [
    path("assignments/", work.assignments, name="assignments"),
    path("assignments/<int:pk>/edit/", work.edit, name="edit"),
    path("assignments/<int:pk>/submissions/", submissions.submissions, name="submissions"),
    path("missions/<int:mission>/assignments/new/", work.create, name="create"),
    path("submission-lists/", lists.lists, name="lists"),
    path("submission-lists/new/", lists.paste, name="list-new"),
    path("submission-lists/<int:pk>/", lists.submission_list, name="list"),
    path("submission-lists/<int:pk>/proposals/", lists.proposals, name="list-proposals"),
    path("submission-lists/<int:pk>/complete/", lists.complete, name="list-complete"),
    path("submission-lists/<int:pk>/apply/", lists.apply, name="list-apply"),
    path("submission-lists/<int:pk>/undo/", lists.undo, name="list-undo"),
    path("submission-lists/<int:pk>/discard/", lists.discard, name="list-discard"),
    path("submission-lists/<int:pk>/missing/", lists.missing, name="list-missing"),
]
