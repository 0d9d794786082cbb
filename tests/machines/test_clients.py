"""Two clients that use the same names: no crossing; `make crossings` runs it longer."""

from hypothesis import HealthCheck, Phase, settings

from tests.machines.clients import ClientsMachine

TestClients = ClientsMachine.TestCase
TestClients.settings = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.generate],  # to shorten what it found would take minutes
    suppress_health_check=list(HealthCheck),
)
