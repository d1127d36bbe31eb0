from django.urls import path

from sms.outreach import views

app_name = "outreach"

urlpatterns = [
    path("calls/", views.calls, name="calls"),
    path("calls/next/", views.take_next, name="take-next"),
    path("calls/list/", views.list_students, name="list-students"),
    path("calls/log/", views.log, name="log"),
    path("calls/<int:pk>/", views.card, name="card"),
    path("calls/<int:pk>/release/", views.release, name="release"),
    path("follow-ups/", views.follow_ups, name="follow-ups"),
    path("follow-ups/<int:pk>/finish/", views.finish, name="finish"),
]
