from django.urls import path

from sms.data_exchange import report_views, views

app_name = "data_exchange"

urlpatterns = [
    path("imports/", views.runs, name="runs"),
    path("imports/new/", views.start, name="start"),
    path("imports/new/<slug:kind>/", views.upload, name="upload"),
    path("imports/templates/<slug:kind>.<slug:file_format>", views.template, name="template"),
    path("imports/<int:pk>/", views.run, name="run"),
    path("imports/<int:pk>/progress/", views.progress, name="progress"),
    path("imports/<int:pk>/mapping/", views.mapping, name="mapping"),
    path("imports/<int:pk>/confirm/", views.confirm, name="confirm"),
    path("imports/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("imports/<int:pk>/again/", views.again, name="again"),
    path("imports/<int:pk>/undo/", views.undo, name="undo"),
    path("imports/<int:pk>/rejected.<slug:file_format>", views.rejected, name="rejected"),
    path("meetings/<int:meeting>/report/", report_views.meeting_report, name="meeting-report"),
    path("exports/", views.exports, name="exports"),
    path("exports/all.zip", views.export_all, name="export-all"),
    path("exports/<slug:kind>/", views.export, name="export"),
]
