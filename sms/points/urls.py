from django.urls import path

from sms.points import views

app_name = "points"

urlpatterns = [
    path("points/<int:mission_enrollment>/", views.ledger, name="ledger"),
    path("points/<int:mission_enrollment>/total/", views.total, name="total"),
    path("points/<int:mission_enrollment>/give/", views.give, name="give"),
    path("points/given/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("points/check/", views.drift, name="drift"),
    path("points/missions/<int:mission>/leaderboard/", views.leaderboard, name="leaderboard"),
    path("missions/<int:mission>/points-rules/", views.rules, name="rules"),
    path("missions/<int:mission>/points-rules/rehearsal/", views.rehearsal, name="rehearsal"),
    path("missions/<int:mission>/points-settings/", views.settings, name="settings"),
]
