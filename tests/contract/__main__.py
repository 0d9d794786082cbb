"""`python -m tests.contract SCHEMATHESIS [options]`: every operation of a running service; exit 1 on a failure."""

import sys
from pathlib import Path

from tests.contract.running import hold_against_its_description

USUALLY = ("--max-examples", "200", "--continue-on-failure")

if __name__ == "__main__":
    schemathesis, *options = sys.argv[1:]
    sys.exit(hold_against_its_description(Path(schemathesis), *(options or USUALLY)))
