"""What is installed is all there: not only where it was developed."""

from configparser import ConfigParser

from tests.environment import ROOT

PACKAGE = ROOT / "carrier_backend"


def test_every_file_that_is_no_module_is_installed_too() -> None:
    told = ConfigParser()
    told.read(ROOT / "setup.cfg")
    patterns = {name: line.split(", ") for name, line in told["options.package_data"].items()}
    installed = set()
    for folder in {path.parent for path in PACKAGE.rglob("*.py")}:
        name = ".".join(folder.relative_to(ROOT).parts)
        for pattern in (*patterns["*"], *patterns.get(name, ())):
            installed |= set(folder.glob(pattern))
    others = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc", ".pyi")}
    assert others - installed == set()
