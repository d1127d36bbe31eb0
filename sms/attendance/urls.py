from django.urls import path

from sms.attendance import views

app_name = "attendance"

urlpatterns = [
    path("attendance/", views.own_history, name="own-history"),
    path("attendance/<int:mission_enrollment>/", views.history, name="history"),
    path("attendance/<int:mission_enrollment>/days/<isodate:on>/", views.daily_record, name="daily-record"),
    path("attendance/<int:mission_enrollment>/correct/", views.correct, name="correct"),
    path("missions/<int:mission>/attendance/", views.policy, name="policy"),
    path("batches/<int:batch>/holidays/", views.holidays, name="holidays"),
]
