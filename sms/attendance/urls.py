from django.urls import path

from sms.attendance.views import correcting, daily, overview, policies, reports

app_name = "attendance"

urlpatterns = [
    path("attendance/", daily.own_history, name="own-history"),
    path("attendance/grid/", overview.grid, name="grid"),
    path("attendance/overview/", overview.overview, name="overview"),
    path("attendance/records/", reports.records, name="records"),
    path("attendance/<int:mission_enrollment>/report/", reports.student_report, name="student-report"),
    path("missions/<int:mission>/attendance/days/", overview.mission_days, name="mission-days"),
    path("missions/<int:mission>/attendance/report/", reports.mission_report, name="mission-report"),
    path("batches/<int:batch>/attendance/", overview.batch_days, name="batch-days"),
    path("batches/<int:batch>/attendance/report/", reports.batch_report, name="batch-report"),
    path("batches/<int:batch>/attendance/missions/", reports.batch_missions, name="batch-missions"),
    path("attendance/<int:mission_enrollment>/", daily.history, name="history"),
    path("attendance/<int:mission_enrollment>/days/<isodate:on>/", daily.daily_record, name="daily-record"),
    path("attendance/<int:mission_enrollment>/correct/", correcting.correct, name="correct"),
    path("missions/<int:mission>/attendance/", policies.policy, name="policy"),
    path("batches/<int:batch>/holidays/", policies.holidays, name="holidays"),
]
