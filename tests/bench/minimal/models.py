"""The site's people, as much of them as Django needs for a signed-in user."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Person(AbstractBaseUser):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"

    class Meta:
        app_label = "minimal"
        managed = False
        db_table = "accounts_user"

    def __str__(self) -> str:
        return self.name
