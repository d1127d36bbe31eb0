from django.urls import path

from sms.accounts import views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("waiting/", views.waiting, name="waiting"),
    path("sessions/<int:session_id>/end/", views.end_session, name="end-session"),
]
