"""What a web server serves, once the start-up checks have passed."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundmgmt.settings")

application = get_wsgi_application()
import_string("fundmgmt.checks.refuse_to_start")()  # by name: our models can be imported only from here on
