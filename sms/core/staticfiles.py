"""Static files in production: hashed names, compressed, and the stylesheet as one file.

While developing the browser follows the imports of css/site.css itself, so every component keeps its
own file and there is no build step. At collectstatic the imports are written into that one file.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

OWN_SCRIPTS = "js/"
STYLESHEET = "css/site.css"
IMPORT = re.compile(r'@import "\./(?P<path>[^"]+)" layer\((?P<layer>\w+)\);')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RELATIVE_URL = re.compile(r"url\(\s*['\"]?(?!data:)")


class SiteStaticFilesStorage(CompressedManifestStaticFilesStorage):
    # The modules in static/js import each other by their hashed names.
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """Without a manifest (tests, a checkout before collectstatic) the plain name."""
        return super().stored_name(name) if self.hashed_files else name

    def url_converter(self, name: str, *args: Any, **kwargs: Any) -> Callable[[re.Match[str]], str]:
        """Scripts of packages are left alone: Django takes an import in one of their comments for a real one."""
        if name.endswith(".js") and not name.startswith(OWN_SCRIPTS):
            return lambda match: match["matched"]
        return super().url_converter(name, *args, **kwargs)

    def post_process(self, paths: dict[str, tuple[Any, str]], dry_run: bool = False, **options: Any) -> Any:
        if STYLESHEET in paths and not dry_run:
            paths = {**paths, STYLESHEET: (BundledStylesheet(paths), STYLESHEET)}
        yield from super().post_process(paths, dry_run=dry_run, **options)


class BundledStylesheet:
    """Stands in for the storage of css/site.css and opens it with its imports written out."""

    def __init__(self, paths: dict[str, tuple[Storage, str]]) -> None:
        self.paths = paths

    def open(self, name: str) -> File:
        folder = name.rpartition("/")[0]
        css = IMPORT.sub(lambda match: self._layer(f"{folder}/{match['path']}", match["layer"]), self._read(name))
        return ContentFile(css.encode(), name=name)

    def _layer(self, name: str, layer: str) -> str:
        css = COMMENT.sub("", self._read(name)).strip()
        if RELATIVE_URL.search(css):
            raise ValueError(f"{name} has a url(); it would point elsewhere from {STYLESHEET}. Use a data: URL.")
        return f"@layer {layer} {{\n{css}\n}}"

    def _read(self, name: str) -> str:
        storage, path = self.paths[name]
        with storage.open(path) as file:
            return file.read().decode()


def parts_of_stylesheet() -> list[str]:
    """The files that the browser loads besides css/site.css: none once collectstatic has written them into it."""
    if staticfiles_storage.hashed_files and not settings.DEBUG:
        return []
    folder = STYLESHEET.rpartition("/")[0]
    css = Path(finders.find(STYLESHEET)).read_text()
    return [f"{folder}/{match['path']}" for match in IMPORT.finditer(css)]
