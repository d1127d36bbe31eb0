from django.urls import path

from sms.programme.views import building, enrolling, templates

app_name = "programme"

urlpatterns = [
    path("batches/", building.batches, name="batches"),
    path("batches/new/", building.batch_create, name="batch-create"),
    path("batches/<int:pk>/", building.batch, name="batch"),
    path("batches/<int:pk>/edit/", building.batch_edit, name="batch-edit"),
    path("batches/<int:pk>/duplicate/", building.batch_duplicate, name="batch-duplicate"),
    path("batches/<int:pk>/status/", building.batch_move, name="batch-move"),
    path("batches/<int:batch>/missions/new/", building.mission_create, name="mission-create"),
    path("batches/<int:batch>/students/", enrolling.students, name="batch-students"),
    path("batches/<int:batch>/enroll/", enrolling.enroll, name="enroll"),
    path("batches/<int:batch>/enrollment-templates/new/", templates.create, name="template-create"),
    path("batches/<int:batch>/enrollment-templates/<int:pk>/", templates.edit, name="template-edit"),
    path("batches/<int:batch>/enrollment-templates/<int:pk>/delete/", templates.delete, name="template-delete"),
    path("enrollments/<int:pk>/", enrolling.enrollment, name="enrollment"),
    path("enrollments/<int:pk>/join/", enrolling.join, name="join"),
    path("enrollments/<int:pk>/leave/", enrolling.leave_batch, name="leave-batch"),
    path("enrollments/<int:pk>/again/", enrolling.enroll_again, name="enroll-again"),
    path("students/<int:mission_enrollment>/leave/", enrolling.leave_mission, name="leave-mission"),
    path("students/<int:mission_enrollment>/access/", enrolling.access, name="access"),
    path("missions/", building.missions, name="missions"),
    path("missions/<int:pk>/edit/", building.mission_edit, name="mission-edit"),
    path("missions/<int:pk>/order/", building.mission_place, name="mission-place"),
    path("missions/<int:mission>/guidelines/", building.guidelines, name="guidelines"),
    path("missions/<int:pk>/status/", building.mission_move, name="mission-move"),
]
