"""`python -m carrier_backend` is `carrier-backend`."""

from carrier_backend.cli import main

main(prog_name="carrier-backend")
