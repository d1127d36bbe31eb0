from django.urls import path

from sms.attendance.views import correcting, daily, excuses, marking, policies

app_name = "attendance"

urlpatterns = [
    path("attendance/", daily.own_history, name="own-history"),
    path("attendance/<int:mission_enrollment>/", daily.history, name="history"),
    path("attendance/<int:mission_enrollment>/days/<isodate:on>/", daily.daily_record, name="daily-record"),
    path("attendance/<int:mission_enrollment>/correct/", correcting.correct, name="correct"),
    path("attendance/<int:mission_enrollment>/excuses/", excuses.ask, name="ask-excuse"),
    path("attendance/excuses/", excuses.excuses, name="excuses"),
    path("attendance/excuses/answer/", excuses.answer, name="answer-excuses"),
    path("attendance/excuses/<int:pk>/", excuses.excuse, name="excuse"),
    path("attendance/excuses/<int:pk>/file/", excuses.file, name="excuse-file"),
    path("attendance/excuses/<int:pk>/withdraw/", excuses.withdraw, name="withdraw-excuse"),
    path("missions/<int:mission>/attendance/", policies.policy, name="policy"),
    path("missions/<int:mission>/attendance/lock/", policies.lock, name="lock"),
    path("missions/<int:mission>/attendance/mark/", marking.mark, name="mark"),
    path("missions/<int:mission>/attendance/marks/<int:pk>/undo/", marking.undo, name="undo-mark"),
    path("batches/<int:batch>/holidays/", policies.holidays, name="holidays"),
    path("batches/<int:batch>/holidays/<int:pk>/remove/", policies.remove_holiday, name="remove-holiday"),
]
