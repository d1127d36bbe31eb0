from django.urls import path

from sms.authorization import invitation_views, views

app_name = "authorization"
urlpatterns = [
    path("users/", views.users, name="users"),
    path("users/new/", views.user_create, name="user-create"),
    path("users/<int:pk>/", views.user, name="user"),
    path("users/<int:pk>/edit/", views.user_edit, name="user-edit"),
    path("users/<int:pk>/deactivate/", views.user_deactivate, name="user-deactivate"),
    path("users/<int:pk>/reactivate/", views.user_reactivate, name="user-reactivate"),
    path("users/<int:pk>/invite/", views.user_invite, name="user-invite"),
    path("approvals/", views.approvals, name="approvals"),
    path("approvals/decide/", views.decide, name="decide"),
    path("approvals/<int:pk>/approve/", views.approve, name="approve"),
    path("approvals/<int:pk>/decline/", views.decline, name="decline"),
    path("invitations/", invitation_views.invitations, name="invitations"),
    path("invitations/new/", invitation_views.invite, name="invite"),
    path("invitations/<int:pk>/resend/", invitation_views.resend, name="resend-invitation"),
    path("invitations/<int:pk>/revoke/", invitation_views.revoke, name="revoke-invitation"),
    path("invitations/accept/<str:token>/", invitation_views.accept, name="accept-invitation"),
    path("roles/", views.roles, name="roles"),
    path("roles/new/", views.role_create, name="role-create"),
    path("roles/switch/", views.switch_role, name="switch-role"),
    path("roles/<slug:key>/", views.role_edit, name="role-edit"),
]
