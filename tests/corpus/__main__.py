"""`python -m tests.corpus`: every hostile text in every place, every document to every route; exit 1 on a fault."""

import argparse
import logging
import sys
import time

from tests.corpus.documents import EVERY
from tests.corpus.strings import HOSTILE
from tests.corpus.verdicts import Verdict, apart, court
from tests.databases import KINDS


def main() -> int:
    """All of it on each database, compared."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("--texts", type=int, default=len(HOSTILE), help="in each place")
    parser.add_argument("--documents", type=int, default=len(EVERY), help="to each route")
    asked = parser.parse_args()
    logging.disable()
    said = [_hear(kind, asked.texts, asked.documents) for kind in KINDS]
    faults = apart(*said)
    for fault in faults[:50]:
        sys.stdout.write(f"  {fault}\n")
    sys.stdout.write(f"{len(said[0]):,} requests to each database, {len(faults)} faults\n")
    return 1 if faults else 0


def _hear(kind: str, texts: int, documents: int) -> list[Verdict]:
    began = time.monotonic()
    with court(kind) as here:
        said = [*here.on_texts(texts), *here.on_documents(documents)]
    sys.stdout.write(f"{kind}: {len(said):,} requests in {time.monotonic() - began:.0f} s\n")
    return said


if __name__ == "__main__":
    sys.exit(main())
