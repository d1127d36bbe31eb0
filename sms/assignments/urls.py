from django.urls import path

from sms.assignments.views import extensions, grading, handing_in, lists, releasing, rubrics, submissions, work

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
    path("assignments/<int:pk>/grade/", grading.own_grade, name="own-grade"),
    path("assignments/<int:pk>/grades/", releasing.grades, name="grades"),
    path("assignments/<int:pk>/grades/release/", releasing.release, name="release"),
    path("assignments/<int:pk>/grades/hold/", releasing.hold, name="hold"),
    path("assignments/<int:pk>/rubric/", rubrics.rubric, name="rubric"),
    path("grading/", grading.queue, name="queue"),
    path("grading/next/", grading.grade_next, name="grade-next"),
    path("grading/<int:pk>/", grading.grading, name="grading"),
    path("grading/<int:pk>/total/", grading.total, name="grading-total"),
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
