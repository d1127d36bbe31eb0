from django.urls import path

from sms.developer import views

app_name = "developer"

urlpatterns = [
    path("", views.health, name="health"),
    path("errors/", views.errors, name="errors"),
    path("errors/<int:pk>/", views.error, name="error"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:pk>/", views.job, name="job"),
    path("jobs/<int:pk>/retry/", views.job_retry, name="job-retry"),
    path("components/", views.components, name="components"),
]
