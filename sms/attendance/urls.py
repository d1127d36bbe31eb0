from django.urls import path

from sms.attendance.views import correcting, daily, hosting, meeting_setting, meetings, overview, policies, reports

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
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/submit/", meetings.submit, name="meeting-submit"),
    path("meetings/<int:pk>/host/", hosting.host, name="host"),
    path("meetings/<int:pk>/host/screen/", hosting.host_screen, name="host-screen"),
    path("meetings/<int:pk>/open/", hosting.open_meeting, name="meeting-open"),
    path("meetings/<int:pk>/close/", hosting.close_meeting, name="meeting-close"),
    path("meetings/<int:pk>/cancel/", hosting.cancel, name="meeting-cancel"),
    path("meetings/<int:pk>/mark/", hosting.mark, name="meeting-mark"),
    path("meetings/<int:pk>/records/<int:mission_enrollment>/", hosting.correct, name="meeting-correct"),
    path("meetings/<int:pk>/edit/", meeting_setting.edit, name="meeting-edit"),
    path("meetings/series/<int:pk>/", meeting_setting.edit_series, name="series-edit"),
    path("missions/<int:mission>/meetings/new/", meeting_setting.create, name="meeting-create"),
    path("missions/<int:mission>/meetings/series/new/", meeting_setting.create_series, name="series-create"),
]
