"""The session over which calls go out: it does what it is told, once, and nothing of its own accord."""

import logging
from http.cookiejar import DefaultCookiePolicy

import requests

from carrier_backend.support.deadlines import DeadlineAdapter
from carrier_backend.support.destinations import ANYWHERE, Destinations


def new_session(pool_size: int = 32, destinations: Destinations = ANYWHERE) -> requests.Session:
    """A session for threads to share: nothing from the environment, no retries, redirects or cookies."""
    # Its log would hold whole addresses, with keys and shoppers in the query.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers["Accept-Encoding"] = "identity"
    adapter = DeadlineAdapter(destinations, pool_connections=pool_size, pool_maxsize=pool_size)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even where a redirect is not to be followed, requests would read all of its body at once."""
