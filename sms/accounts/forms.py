"""Signing up and the profile."""

from django import forms


class SignUpForm(forms.Form):

    def signup(self, request, user):
        pass
