"""What the demo shows: lines on standard output, and a bar on standard error while it waits, if people look on."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

BAR_CHARACTERS = 24
_LOOK_EVERY_SECONDS = 0.1


class Screen:
    """Calm, aligned lines."""

    def say(self, text: str) -> None:
        """A line on its own, set off from the others."""
        click.echo(f"\n{text}\n")

    def row(self, name: str, outcome: object = "", note: str = "") -> None:
        """What was done, how it ended, and what there is to say of it."""
        click.echo(f"  {name:<30}{outcome!s:<5}{note}".rstrip())

    def note(self, text: str) -> None:
        """More of what there is to say."""
        self.row("", "", text)

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Show that something goes on, nobody knows how long."""
        self._draw(what, 0)
        yield
        self._clear()

    def wait(self, what: str, share: Callable[[], float], seconds: float) -> bool:
        """Show a bar until all of the share is there; whether it was, in time."""
        ends_at = time.monotonic() + seconds
        while (done := share()) < 1 and time.monotonic() < ends_at:
            self._draw(what, done)
            time.sleep(_LOOK_EVERY_SECONDS)
        self._clear()
        return done >= 1

    def fail(self, reason: object, last_lines: Sequence[str]) -> None:
        """What went wrong, and what the processes said last."""
        click.echo(f"\nThis went wrong: {reason}\n", err=True)
        for line in last_lines:
            click.echo(f"  {line}", err=True)

    def _draw(self, what: str, done: float) -> None:
        if sys.stderr.isatty():
            filled = round(done * BAR_CHARACTERS)
            bar = "█" * filled + "░" * (BAR_CHARACTERS - filled)
            click.echo(f"\r\x1b[K  {bar}  {what}", nl=False, err=True)

    def _clear(self) -> None:
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)
