"""The only settings file. It has no branches: what differs from place to place comes from env.py."""

from csp.constants import NONE, SELF

from fundmgmt import env

BASE_DIR = env.BASE_DIR
VAR_DIR = env.get("VAR_DIR")

# What is installed -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "fundmgmt",
    "applications",
    "disbursements",
    "evaluation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_q",
    "import_export",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # Django varies the length, so that secrets cannot be guessed from it
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fundmgmt.middleware.ReaderLanguage",
    "fundmgmt.middleware.RulesReadOnce",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "fundmgmt.urls"
WSGI_APPLICATION = "fundmgmt.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,  # with no loaders named, Django keeps compiled templates
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fundmgmt.views.frame.frame",
            ],
        },
    },
]

# Where it keeps things ---------------------------------------------------------------------------

DATABASES = {"default": env.get("DATABASE_URL")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.get("CACHE_URL")}

STORAGES = {
    "default": env.get("FILES_URL"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Languages, times, numbers -----------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English"), ("sw", "Kiswahili")]
LOCALE_PATHS = [BASE_DIR / "fundmgmt" / "locale"]
FORMAT_MODULE_PATH = ["fundmgmt.formats"]
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "Africa/Lubumbashi"
USE_TZ = True

# Who is who --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "fundmgmt.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "fundmgmt.forms.people.SignUpForm"
ACCOUNT_ADAPTER = "fundmgmt.adapters.AccountAdapter"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, nowhere else
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if env.get("HTTPS") else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = env.get("PROXY_COUNT")
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Fund"

# Safety ------------------------------------------------------------------------------------------

SECRET_KEY = env.get("SECRET_KEY")
DEBUG = env.get("DEBUG")
DEMO = env.get("DEMO")
DEMO_PASSWORD = env.get("DEMO_PASSWORD")
BASE_URL = env.get("BASE_URL")
ALLOWED_HOSTS = env.get("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.get("CSRF_TRUSTED_ORIGINS")
SECURE_SSL_REDIRECT = env.get("HTTPS")
SECURE_PROXY_SSL_HEADER = env.get("PROXY_HEADER")
SECURE_HSTS_SECONDS = env.get("HSTS_SECONDS")
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = env.get("HTTPS")
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_SECURE = env.get("HTTPS")
X_FRAME_OPTIONS = "DENY"

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
        "object-src": [NONE],
    },
}

# The card provider -------------------------------------------------------------------------------

STRIPE_API_BASE = env.get("STRIPE_API_BASE")
STRIPE_SECRET_KEY = env.get("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRETS = env.get("STRIPE_WEBHOOK_SECRETS")
STRIPE_SECONDS = env.get("STRIPE_SECONDS")
STRIPE_CHECKOUT_HOST = env.get("STRIPE_CHECKOUT_HOST")

# Mail, queue -------------------------------------------------------------------------------------

globals().update(env.get("MAIL_URL"))
DEFAULT_FROM_EMAIL = env.get("MAIL_FROM")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = ""

SMS = env.get("SMS_URL")
SMS_KEY = env.get("SMS_KEY")
SMS_API_BASE = env.get("SMS_API_BASE")
SMS_COUNTRY = env.get("SMS_COUNTRY")

TASK_SECONDS = env.get("TASK_SECONDS")
CHECKPOINT_KEY = env.get("CHECKPOINT_KEY")
RETRY_SECONDS = env.get("RETRY_SECONDS")
WATCH_SECONDS = env.get("WATCH_SECONDS")

# Two clusters on one database; Q_CLUSTER_NAME says which one a process is. Without it: bulk.
Q_CLUSTER = {
    "name": "bulk",
    "orm": "default",  # the database as broker: a task that was taken and not finished comes again
    "workers": env.get("WORKERS"),
    "queue_limit": env.get("WORKERS"),
    "timeout": TASK_SECONDS,
    "retry": TASK_SECONDS * 3 + 30,  # longer than a task plus its wait in a full queue
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": 1000,
    "label": "Tasks",
    "ALT_CLUSTERS": {"money": {"workers": 1, "queue_limit": 1}},  # one payment after the other
}

# Payment rails -----------------------------------------------------------------------------------

RAIL_SECONDS = env.get("RAIL_SECONDS")
MOBILE_MONEY_URL = env.get("MOBILE_MONEY_URL")
MOBILE_MONEY_TOKEN = env.get("MOBILE_MONEY_TOKEN")
MOBILE_MONEY_KEYS = env.get("MOBILE_MONEY_KEYS")

# Spreadsheets, log -------------------------------------------------------------------------------

IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_ESCAPE_HTML_ON_EXPORT = False  # a cell is text for a spreadsheet, not for a browser

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.get("LOG_LEVEL")},
}
