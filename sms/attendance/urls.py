from django.urls import path

from sms.attendance.views import correcting, daily, late_taps, offline, policies

app_name = "attendance"

urlpatterns = [
    path("attendance/", daily.own_history, name="own-history"),
    path("attendance/taps/", late_taps.taps, name="taps"),
    path("attendance/taps/review/", late_taps.review, name="review-taps"),
    path("attendance/taps/review/decide/", late_taps.decide, name="decide-taps"),
    path("service-worker.js", offline.service_worker, name="service-worker"),
    path("offline/", offline.offline, name="offline"),
    path("attendance/<int:mission_enrollment>/", daily.history, name="history"),
    path("attendance/<int:mission_enrollment>/days/<isodate:on>/", daily.daily_record, name="daily-record"),
    path("attendance/<int:mission_enrollment>/correct/", correcting.correct, name="correct"),
    path("missions/<int:mission>/attendance/", policies.policy, name="policy"),
    path("batches/<int:batch>/holidays/", policies.holidays, name="holidays"),
]
