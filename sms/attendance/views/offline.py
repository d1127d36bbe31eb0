"""What the browser keeps of the site: a script that stands in for the network, and the page that it then shows.

Both are the same for everyone and hold nothing about anybody, so they may stay on a shared device.
"""

import json
from hashlib import sha256

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from sms.core.staticfiles import parts_of_stylesheet

WORKER = ("js/kept-taps.js", "js/service-worker.js")
PAGE = ("css/site.css", "img/logo.svg", "js/kept-taps.js", "js/offline.js", "js/phrases.js")


@require_safe
@login_not_required
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, as a worker sees only what lies beneath its address. It changes when one of the files does."""
    files = [staticfiles_storage.url(name) for name in (*PAGE, *parts_of_stylesheet())]
    shell = {"page": reverse("attendance:offline"), "files": files}
    scripts = [staticfiles_storage.url(name) for name in WORKER]
    shell["version"] = sha256(json.dumps([files, scripts]).encode()).hexdigest()[:12]
    script = f"self.shell = {json.dumps(shell)};\nimportScripts({json.dumps(scripts)[1:-1]});\n"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_safe
@login_not_required
def offline(request: HttpRequest) -> HttpResponse:
    """What the browser shows where it cannot reach the site. The device fills in what it keeps."""
    return render(request, "attendance/offline.html")
