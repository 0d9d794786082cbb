"""Scripted faults: the kinds there are, and the list of those still to come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Self

Parameters = Mapping[str, Any]

KINDS: Mapping[str, Parameters] = {
    "refuse": {"status": 400, "body": {"message": "refused"}},
    "error_before": {"status": 500, "body": {"message": "Internal server error"}},
    "error_after": {"status": 500, "body": {"message": "Internal server error"}, "announce": False},
    "hang_before": {"seconds": 60},
    "hang_after": {"seconds": 60, "announce": False},
    "slow": {"seconds": 1},
    "commit_late": {"seconds": 30, "after_lookups": None, "answer_seconds": 0, "announce": False},
    "drop": {"announce": False},
    "garbage": {"status": 200, "body": "<html>Login</html>", "content_type": "text/html", "done": True},
    "redirect": {"status": 302, "location": "http://elsewhere.invalid/"},
    "rate_limit": {"retry_after": "1"},
}

_OF_EVERY_FAULT = {"system", "operation", "fault", "times", "skip", "match"}


class Misused(ValueError):
    """A control call that cannot be followed; its text says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble for one operation: `skip` fitting calls go free, then `times` calls are hit."""

    system: str
    operation: str
    kind: str
    parameters: Parameters
    match: str = ""
    skip: int = 0
    times: int = 1

    def __getitem__(self, parameter: str) -> Any:
        return self.parameters[parameter]

    def fits(self, system: str, operation: str, text: str) -> bool:
        return (self.system, self.operation) == (system, operation) and self.match in text

    def one_less(self) -> Self:
        """As it stands after one more fitting call."""
        return replace(self, skip=self.skip - 1) if self.skip else replace(self, times=self.times - 1)


def parse_fault(command: Parameters, own_kinds: Mapping[str, Parameters]) -> Fault:
    """Reads `{"system", "operation", "fault", ...}`; raises Misused.

    `own_kinds` are those that the operation has beside the general ones.
    """
    known = {**KINDS, **own_kinds}
    kind = command["fault"]
    if kind not in known:
        raise Misused(f"fault: {kind!r} is not one of {', '.join(known)}")
    told = {name: value for name, value in command.items() if name not in _OF_EVERY_FAULT}
    if told.keys() - known[kind].keys():
        raise Misused(f"{kind} takes {', '.join(known[kind]) or 'no parameters'}; not {', '.join(told)}")
    fault = Fault(command["system"], command["operation"], kind, {**known[kind], **told})
    told_of_all = {name: command[name] for name in ("match", "skip", "times") if name in command}
    return replace(fault, **told_of_all)


class Script:
    """The faults still to come, in the order in which they were asked for. Not locked: its owner is."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._numbers = count()

    def add(self, fault: Fault) -> None:
        self._faults[next(self._numbers)] = fault

    def take(self, system: str, operation: str, text: str) -> Fault | None:
        """The first fault that is due for this call; those that still let calls pass count this one."""
        taken = None
        for number, fault in list(self._faults.items()):
            if not fault.fits(system, operation, text) or (taken and not fault.skip):
                continue
            taken = taken if fault.skip else fault
            self._keep(number, fault.one_less())
        return taken

    def drop(self, system: str) -> None:
        """Forget what was still to befall a system."""
        self._faults = {number: fault for number, fault in self._faults.items() if fault.system != system}

    def _keep(self, number: int, fault: Fault) -> None:
        if fault.times > 0:
            self._faults[number] = fault
        else:
            del self._faults[number]
