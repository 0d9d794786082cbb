"""A whole day on a driven clock, and what is to be seen of it: `make day`."""

import sys

from carrier_backend.observability import logs
from tests.day.day import Day, spend

if __name__ == "__main__":
    logs.configure("json", "error")
    seen = spend(Day())
    sys.stdout.write("\n".join([*seen.told(), *seen.faults(), ""]))
    sys.exit(1 if seen.faults() else 0)
