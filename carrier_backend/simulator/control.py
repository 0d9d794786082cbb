"""The door for whoever directs the play: script faults, act, read the books, begin anew; see world.py."""

from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any

from flask import Blueprint, Response, request

from carrier_backend.simulator.faults import Misused, parse_fault
from carrier_backend.simulator.world import System, World, say


def control_routes(world: World) -> Blueprint:
    routes = Blueprint("control", __name__)

    @routes.post("/_control")
    def control() -> Response:
        return say(_follow(world, request.get_json(force=True)), 200)

    @routes.get("/_state")
    def state() -> Response:
        return say(world.state(), 200)

    @routes.post("/_reset")
    def reset() -> Response:
        world.reset()
        return say({}, 200)

    @routes.errorhandler(Misused)
    def misused(error: Misused) -> Response:
        return say({"error": str(error)}, 400)

    return routes


def _follow(world: World, command: Any) -> Any:
    """Does what one control call asks, and gives what to answer; raises Misused."""
    if not isinstance(command, dict):
        raise Misused("a control call is a JSON object")
    if "clock" in command:
        return _call("clock", world.advance, command)
    system = world.systems.get(command.get("system", ""))
    if system is None:
        raise Misused(f"system: one of {', '.join(world.systems)}")
    if "heal" in command:
        return _call("heal", partial(world.heal, system.name), command)
    return _script(world, system, command) if "fault" in command else _act(system, command)


def _script(world: World, system: System, command: dict[str, Any]) -> Any:
    own_kinds = system.operations.get(command.get("operation", ""))
    if own_kinds is None:
        raise Misused(f"operation: one of {', '.join(system.operations)}")
    world.script(parse_fault(command, own_kinds))
    return {"scripted": command}


def _act(system: System, command: dict[str, Any]) -> Any:
    told = command.keys() - {"system"}
    if len(told) != 1 or not told <= system.commands.keys():
        known = ", ".join(system.commands) or "nothing"
        raise Misused(f"{system.name} can be told: {known}; not: {', '.join(sorted(told))}")
    word = told.pop()
    return _call(word, system.commands[word], command)


def _call(word: str, act: Callable[..., Any], command: dict[str, Any]) -> Any:
    try:
        call = signature(act).bind(**command[word])
    except TypeError as error:
        raise Misused(f"{word}: {error}") from error
    return act(*call.args, **call.kwargs)
