from django.urls import path

from sms.points import views

app_name = "points"

urlpatterns = [
    path("points/<int:mission_enrollment>/", views.ledger, name="ledger"),
    path("points/<int:mission_enrollment>/total/", views.total, name="total"),
    path("missions/<int:mission>/points-rules/", views.rules, name="rules"),
]
