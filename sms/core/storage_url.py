"""Where uploads are kept, from one variable of the environment. Read by the settings, so nothing of Django's models here."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SHAPE = "s3://key:secret@endpoint/bucket?region=name"
LARGEST_IN_MEMORY = 1024 * 1024  # bytes of a file that is read from S3; the rest waits on disk


def storage_of(url: str) -> dict[str, Any]:
    """The `default` of STORAGES: the folder MEDIA_ROOT, or S3-compatible storage when there is an address of one."""
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3_options(url)}


def _s3_options(url: str) -> dict[str, Any]:
    # The sentences name the part that is wrong and never the address, which holds a secret.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(
            f"STORAGE_URL cannot be read. Write it as {SHAPE}, with / + @ and : of the secret as %2F %2B %40 and %3A."
        ) from error
    if parts.scheme != "s3":
        raise ImproperlyConfigured(f"STORAGE_URL must begin with s3://. Write it as {SHAPE}, or leave it out.")
    if not parts.username or not parts.password:
        raise ImproperlyConfigured(
            f"STORAGE_URL has no key or no secret. Write it as {SHAPE}, with / + @ and : of the secret as %2F %2B %40 and %3A."
        )
    bucket = parts.path.strip("/")
    if not parts.hostname or not bucket or "/" in bucket:
        raise ImproperlyConfigured(f"STORAGE_URL must name an endpoint and one bucket. Write it as {SHAPE}.")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if unknown := sorted(options.keys() - {"region", "tls"}):
        raise ImproperlyConfigured(
            f"STORAGE_URL has an option that is not known: {unknown[0]}. It takes region and tls."
        )
    scheme = "http" if options.get("tls") == "0" else "https"
    return {
        "access_key": unquote(parts.username),
        "secret_key": unquote(parts.password),
        "endpoint_url": f"{scheme}://{parts.hostname}{f':{port}' if port else ''}",
        "bucket_name": bucket,
        "region_name": options.get("region") or None,
        # Path style is what every S3-compatible service understands.
        "addressing_style": "path",
        "default_acl": None,
        "file_overwrite": False,
        "querystring_auth": True,
        "max_memory_size": LARGEST_IN_MEMORY,
    }
