"""The minimal site: one view, its URLconf and its server entry."""

import gc
import os
from datetime import UTC, datetime

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.minimal.settings"

from django.contrib.auth.decorators import login_required
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

from sms.core.wsgi_bridge import WsgiBridge

INSERT = "INSERT INTO bench_minimal (student_id, day, at) VALUES (%s, %s, %s) ON CONFLICT (student_id, day) DO NOTHING"


@require_POST
@login_required
def record(request: HttpRequest) -> HttpResponse:
    at = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [request.user.pk, at.date(), at])
    return render(request, "recorded.html", {"user": request.user, "at": at})


urlpatterns = [path("record/", record)]
wsgi_application = get_wsgi_application()
gc.collect()
gc.freeze()  # as sms.config.asgi does
application = WsgiBridge(wsgi_application, threads=int(os.environ.get("WEB_THREADS", "6")), body_limit=1024 * 1024)
