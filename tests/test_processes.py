"""Child processes live and end together."""

import subprocess
import threading

from carrier_backend.processes import Processes


def test_a_command_is_run_to_its_end() -> None:
    done = Processes().run("--version")
    assert (done.returncode, done.stdout.startswith("carrier-backend, version ")) == (0, True)


def test_watching_ends_when_told() -> None:
    stop = threading.Event()
    with Processes() as processes:
        processes.start("simulate", "--port", "0", output=subprocess.DEVNULL)
        threading.Timer(0.1, stop.set).start()
        assert processes.watch(stop)
    assert not processes.are_all_alive


def test_one_that_dies_ends_the_others() -> None:
    with Processes() as processes:
        processes.start("simulate", "--port", "0", output=subprocess.DEVNULL)
        processes.start("--version", output=subprocess.DEVNULL)
        assert not processes.watch(threading.Event())
    assert not processes.are_all_alive
