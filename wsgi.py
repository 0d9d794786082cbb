"""For WSGI servers: `gunicorn -c config/gunicorn.py wsgi:app`."""

from carrier_backend.app import create_app

app = create_app()
