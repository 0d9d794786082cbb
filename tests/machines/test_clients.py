"""Two clients that use the same names: no crossing; `make crossings` runs it longer."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.clients import ClientsMachine

BRIEFLY = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.generate],  # to shorten what it found would take minutes
    suppress_health_check=list(HealthCheck),
)


def test_two_clients_by_the_same_names_never_meet() -> None:
    run_state_machine_as_test(ClientsMachine, settings=BRIEFLY)
