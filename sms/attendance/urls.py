from django.urls import path

from sms.attendance.views import correcting, daily, policies

app_name = "attendance"

urlpatterns = [
    path("attendance/", daily.own_history, name="own-history"),
    path("attendance/<int:mission_enrollment>/", daily.history, name="history"),
    path("attendance/<int:mission_enrollment>/days/<isodate:on>/", daily.daily_record, name="daily-record"),
    path("attendance/<int:mission_enrollment>/correct/", correcting.correct, name="correct"),
    path("missions/<int:mission>/attendance/", policies.policy, name="policy"),
    path("batches/<int:batch>/holidays/", policies.holidays, name="holidays"),
]
