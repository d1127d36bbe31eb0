from django.urls import path

from sms.dashboards import views

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
    path("students/<int:pk>/", views.student, name="student"),
    path("missions/<int:pk>/", views.mission, name="mission"),
]
