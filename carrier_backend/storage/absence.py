"""Why the database does not answer, in words that repeat nothing of its address."""

import re

from carrier_backend.domain.errors import Busy

_SETTING = "CARRIER_DATABASE_URL"
# What PostgreSQL, its client and SQLite say of it. Whatever else they say is not repeated: it may quote the address.
_MENDED = {
    r"password|not permitted to log in|role .* does not exist|pg_hba": f"it refuses the name or password in {_SETTING}",
    r"database .* does not exist": f"it has no database of the name in {_SETTING}",
    r"too many (connections|clients)|remaining connection slots": "no connection is left: raise its max_connections",
    r"readonly database|unable to open": f"this user has to be able to write the file in {_SETTING}, and its folder",
    r"refused|timeout|timed out|resolve|translate|unreachable|no route|No such file": (
        f"nobody answers at the host and port in {_SETTING}: start PostgreSQL, or look at the network between"
    ),
}


def explained(busy: Busy) -> str:
    """What was raised, and how to mend it where the database has said enough."""
    said = str(getattr(busy.__cause__, "orig", ""))
    mended = next((words for pattern, words in _MENDED.items() if re.search(pattern, said)), None)
    return f"{busy}: {mended}" if mended else str(busy)
