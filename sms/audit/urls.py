from django.urls import path

from sms.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.events, name="events"),
    path("sign-ins/", views.sign_ins, name="sign-ins"),
]
