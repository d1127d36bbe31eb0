"""Settings of the site, read from the environment (12-factor; a `.env` file is read when present).

One file for every place that the site runs in. What differs between a laptop and production is
a variable of the environment, listed in docs/configuration.md.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from sms.core import embedded_postgres
from sms.core.storage_url import storage_of

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data")))


def required_outside_debug(name: str, debug_value: str) -> str:
    """A setting that may be left out only under DEBUG; the sentence is all that the person sees."""
    value = env.str(name, default="")
    if value or not DEBUG:
        if not value:
            raise ImproperlyConfigured(f"Set {name} in the environment, or DEBUG=1 to try the site on this machine.")
        return value
    return debug_value


# --- Where and how it runs

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = required_outside_debug("SECRET_KEY", "only-for-development-" + "0" * 40)
ALLOWED_HOSTS = required_outside_debug("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

ROOT_URLCONF = "sms.config.urls"
WSGI_APPLICATION = "sms.config.wsgi.application"
ASGI_APPLICATION = "sms.config.asgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "guardian",
    "huey.contrib.djhuey",
    "import_export",
    "csp",
    # the site, in the order in which imports may go
    "sms.core",
    "sms.audit",
    "sms.accounts",
    "sms.authorization",
    "sms.programme",
    "sms.mentoring",
    "sms.points",
    "sms.attendance",
    "sms.assignments",
    "sms.risk",
    "sms.outreach",
    "sms.data_exchange",
    "sms.developer",
    "sms.dashboards",
    "sms.demo",
    # after the site, whose templates come first
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "sms.core.middleware.DatabaseUnavailableMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sms.core.middleware.SignInRequiredMiddleware",
    "sms.accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "sms.dashboards.navigation.navigation",
            ],
            "builtins": ["sms.core.templatetags.ui", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# --- Database and queue

if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = embedded_postgres.start(DATA_DIR / "postgres")
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,  # seconds; a host that does not answer would hold a request for minutes
    **DATABASES["default"].get("OPTIONS", {}),
    "server_side_binding": env.bool("SERVER_SIDE_BINDING", default=True),
    # Planning the statements of a request costs more than running them (docs/benchmarks.md).
    "prepare_threshold": env.int("PREPARE_THRESHOLD", default=5),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

HUEY = {
    "huey_class": "sms.core.queue.DurableHuey",
    "name": "sms",
    "immediate": False,
    "results": False,
    "consumer": {"workers": env.int("WORKER_CONCURRENCY", default=2), "worker_type": "thread"},
}

# --- People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["sms.authorization.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

PASSWORD_HASHERS = ["sms.accounts.hashers.Argon2idHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]

ACCOUNT_ADAPTER = "sms.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "sms.accounts.forms.SignInForm",
    "signup": "sms.accounts.forms.SignUpForm",
    "reset_password": "sms.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "sms.accounts.forms.ResetPasswordKeyForm",
    "change_password": "sms.accounts.forms.ChangePasswordForm",
    "set_password": "sms.accounts.forms.SetPasswordForm",
    "reauthenticate": "sms.accounts.forms.ReauthenticateForm",
    "add_email": "sms.accounts.forms.AddressForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
USERSESSIONS_TRACK_ACTIVITY = False
MFA_ADAPTER = "sms.accounts.adapter.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "authenticate": "sms.accounts.forms.SecondStepForm",
    "reauthenticate": "sms.accounts.forms.ReauthenticateByCodeForm",
    "activate_totp": "sms.accounts.forms.ActivateAppForm",
    "add_webauthn": "sms.accounts.forms.AddPasskeyForm",
    "edit_webauthn": "sms.accounts.forms.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_TOTP_ISSUER = "Mentorship"
MFA_TOTP_TOLERANCE = 1  # half minutes that a phone's clock may be off

# A whole campus or a whole mobile network can share one address, so what guards an account counts by
# account; the limits by address only slow down whoever tries many accounts.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "100/m/ip,5/5m/key",
    "signup": "200/m/ip",
    "reset_password": "100/m/ip,5/m/key",
    "reset_password_from_key": "100/m/ip",
}
MFA_RATE_LIMITS = {"webauthn_login": "100/m/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BEHIND_PROXY", default=False) else 0
# Counted in the database, as every process has to see the same count.
CACHES = {"default": {"BACKEND": "sms.accounts.cache.UpsertCache", "LOCATION": "cache"}}

# Grants are direct foreign keys and nobody is anonymous here.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
# Grants are read by one queryset (authorization/grants.py), never by user.has_perm(…, object).
# The content security policy's frame-ancestors says what X-Frame-Options would.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "security.W002"]

# --- Time, place and language

USE_TZ = True
TIME_ZONE = env.str("DEFAULT_TIMEZONE", default="Asia/Dhaka")
DEFAULT_PHONE_REGION = env.str("DEFAULT_PHONE_REGION", default="BD")
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("bn", _("Bangla"))]
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- Files

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.path("MEDIA_ROOT", default=DATA_DIR / "media")
STORAGES = {
    "default": storage_of(env.str("STORAGE_URL", default="")),
    "staticfiles": {"BACKEND": "sms.core.staticfiles.SiteStaticFilesStorage"},
}
UPLOAD_MOST_BYTES = env.int("UPLOAD_MOST_BYTES", default=10 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024  # bytes; a longer file goes to disk while it arrives
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Imports

IMPORT_MOST_BYTES = env.int("IMPORT_MOST_BYTES", default=20 * 1024 * 1024)
IMPORT_MOST_ROWS = env.int("IMPORT_MOST_ROWS", default=200_000)
# A change of more than this share of what there is, and of more than this many rows, is confirmed once more.
IMPORT_LARGE_SHARE = env.float("IMPORT_LARGE_SHARE", default=0.3)
IMPORT_LARGE_ROWS = env.int("IMPORT_LARGE_ROWS", default=20)
IMPORT_KEPT_DAYS = env.int("IMPORT_KEPT_DAYS", default=365)

# --- Mail

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Mentorship <no-reply@example.com>")

# --- Security

SESSION_ENGINE = "sms.accounts.sessions"
SESSION_COOKIE_NAME = "session"
# Off only where nothing stands in front that speaks TLS: `make run`, tests.
TLS = env.bool("TLS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=TLS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "sms.core.errors.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Lists and logs

DJANGO_TABLES2_TEMPLATE = "components/table.html"
FILTERS_EMPTY_CHOICE_LABEL = _("All")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "errors": {"class": "sms.developer.log_handler.ErrorRecordHandler", "level": "ERROR"},
    },
    "root": {"handlers": ["stderr", "errors"], "level": env.str("LOG_LEVEL", default="INFO")},
    # huey puts a handler of its own on its logger unless it finds one there.
    "loggers": {"huey": {"level": "WARNING", "handlers": ["stderr", "errors"], "propagate": False}},
}
