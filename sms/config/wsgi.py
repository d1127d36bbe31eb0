"""The site as a WSGI application, which sms.config.asgi serves on a pool of threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sms.config.settings")

application = get_wsgi_application()
