from django.urls import path

from sms.mentoring import views

app_name = "mentoring"

urlpatterns = [
    path("mentors/", views.mentors, name="mentors"),
    path("mentors/<int:pk>/", views.mentor, name="mentor"),
    path("mentors/<int:pk>/capacity/", views.capacity, name="capacity"),
    path("mentors/<int:pk>/history/", views.history, name="history"),
    path("mentors/<int:pk>/reassign/", views.reassign, name="reassign"),
    path("missions/<int:pk>/mentors/", views.mission, name="mission"),
    path("missions/<int:pk>/mentors/assign/", views.assign_chosen, name="assign-chosen"),
    path("missions/<int:pk>/mentors/distribute/", views.distribute, name="distribute"),
    path("students/<int:mission_enrollment>/mentors/", views.assign, name="assign"),
    path("students/<int:mission_enrollment>/mentors/<int:pk>/end/", views.end, name="end"),
]
