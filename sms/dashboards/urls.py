from django.urls import path

from sms.dashboards import record_views, views

app_name = "dashboards"

urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/student/", views.student_home, name="student-home"),
    path("dashboard/mentor/", views.mentor_home, name="mentor-home"),
    path("dashboard/sre/", views.sre_home, name="sre-home"),
    path("dashboard/manager/", views.manager_home, name="manager-home"),
    path("dashboard/admin/", views.admin_home, name="admin-home"),
    path("students/", views.students, name="students"),
    path("students/bulk/", views.students_bulk, name="students-bulk"),
    path("students/records/", record_views.student_records, name="student-records"),
    path("students/records/<int:pk>/", record_views.student_record, name="student-record"),
    path("students/records/<int:pk>/edit/", record_views.student_edit, name="student-edit"),
    path("students/records/<int:pk>/performance/", record_views.student_performance, name="student-performance"),
    path("students/records/<int:pk>/reveal/<str:which>/", record_views.reveal_contact, name="reveal-contact"),
    path("students/<int:pk>/", views.student, name="student"),
    path("missions/<int:pk>/", views.mission, name="mission"),
]
