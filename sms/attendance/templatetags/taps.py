from django import template

from sms.attendance.queries import person_key

register = template.Library()
register.filter("person_key", person_key)
