from django.urls import path

from sms.mentoring import views

app_name = "mentoring"

urlpatterns = [
    path("mentors/", views.mentors, name="mentors"),
    path("students/<int:mission_enrollment>/mentors/", views.assign, name="assign"),
    path("students/<int:mission_enrollment>/mentors/<int:pk>/end/", views.end, name="end"),
]
