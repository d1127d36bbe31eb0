from django.urls import path

from sms.risk import views

app_name = "risk"

urlpatterns = [path("risk/", views.low_performers, name="low-performers")]
