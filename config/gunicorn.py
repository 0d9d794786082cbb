"""How gunicorn serves the app: as carrier_backend/gunicorn_settings.py has it, unless set otherwise below."""

from carrier_backend.gunicorn_settings import *  # noqa: F403  every name in there is a setting
