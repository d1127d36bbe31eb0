from django.urls import path

from sms.programme import views

app_name = "programme"

urlpatterns = [
    path("batches/", views.batches, name="batches"),
    path("batches/new/", views.batch_create, name="batch-create"),
    path("batches/<int:pk>/", views.batch, name="batch"),
    path("batches/<int:pk>/edit/", views.batch_edit, name="batch-edit"),
    path("batches/<int:pk>/status/", views.batch_move, name="batch-move"),
    path("batches/<int:batch>/missions/new/", views.mission_create, name="mission-create"),
    path("missions/", views.missions, name="missions"),
    path("missions/<int:pk>/edit/", views.mission_edit, name="mission-edit"),
    path("missions/<int:pk>/status/", views.mission_move, name="mission-move"),
]
