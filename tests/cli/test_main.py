"""The command itself: quick help, exit codes, and no tracebacks."""

from __future__ import annotations

import errno
import importlib
import importlib.util
import subprocess
import sys

import click
import pytest

from brainscore_data import cli
from brainscore_data.base.errors import DataError, IncompleteError, UsageError

HEAVY = {"xarray", "pandas", "numpy", "boto3", "botocore", "PIL", "pydantic", "requests", "h5py"}


@pytest.fixture
def failing(monkeypatch):
    """Make `brainscore-data receipt` raise whatever a test wants."""

    def install(error):
        @click.command()
        def command():
            raise error

        monkeypatch.setattr("brainscore_data.cli.receipt.receipt", command)

    return install


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["publish", "--help"]])
def test_help_and_version_import_nothing_heavy(arguments):
    code = (
        "import sys; from brainscore_data.cli import main\n"
        "import importlib.metadata; importlib.metadata.version = lambda name: '0'\n"
        f"code = main({arguments})\n"
        f"print(sorted({HEAVY} & set(sys.modules)), file=sys.stderr)\n"
        "raise SystemExit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout
    assert done.stderr.strip() == "[]"


def test_importing_the_package_imports_nothing_heavy():
    code = f"import brainscore_data, sys; print({HEAVY} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_that_is_listed_is_there_under_that_name(name):
    module, _, attribute = cli.COMMANDS[name].home.partition(":")
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not here yet")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.name == {"upload": "publish", "download": "fetch", "ls": "list"}.get(name, name)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError("two rows", where="stimuli.csv:3", hint="rename one"), 1),
        (UsageError("two rows", where="stimuli.csv:3", hint="rename one"), 2),
        (IncompleteError("two rows", where="stimuli.csv:3", hint="rename one"), 3),
    ],
)
def test_an_error_says_where_what_and_what_to_do_and_has_its_exit_code(
    failing, capsys, error, code
):
    failing(error)
    assert cli.main(["receipt"]) == code
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "error: stimuli.csv:3: two rows\n  hint: rename one\n"


def test_an_interruption_is_one_line_and_130(failing, capsys):
    failing(KeyboardInterrupt())
    assert cli.main(["receipt"]) == 130
    assert capsys.readouterr().err.strip().count("\n") == 0


@pytest.mark.parametrize(
    ("hook", "module", "told"),
    [
        ("", "xarray", "pip install 'brainscore-data[all]'"),
        ("", "boto3", "pip install 'brainscore-data[all]'"),
        ("1", "pydantic_core", 'additional_dependencies: [".[data,media]"]'),
        ("1", "scipy", 'additional_dependencies: [".[data,matlab,media]"]'),
        ("1", "av", "take the hook brainscore-data-media"),
    ],
)
def test_a_missing_extra_is_two_and_what_installs_it(
    failing, capsys, monkeypatch, hook, module, told
):
    monkeypatch.setenv("PRE_COMMIT", hook)
    failing(ModuleNotFoundError(f"No module named '{module}'", name=module))
    assert cli.main(["receipt"]) == 2
    assert told in capsys.readouterr().err


def test_anything_else_is_an_internal_error_without_a_traceback(failing, capsys):
    failing(ZeroDivisionError("division by zero"))
    assert cli.main(["receipt"]) == 2
    error = capsys.readouterr().err
    assert "internal error: ZeroDivisionError: division by zero" in error
    assert "--debug" in error
    assert "Traceback" not in error


def test_what_the_system_refuses_is_two_and_no_internal_error(failing, capsys):
    failing(PermissionError(errno.EACCES, "Permission denied", "/data/receipts.json"))
    assert cli.main(["receipt"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: /data/receipts.json: Permission denied\n  hint: check")


@pytest.mark.parametrize("arguments", [["--debug", "receipt"], ["receipt", "--debug"]])
def test_debug_shows_the_traceback_wherever_it_stands(failing, capsys, arguments):
    failing(ZeroDivisionError("division by zero"))
    assert cli.main(arguments) == 2
    assert "Traceback" in capsys.readouterr().err


def test_debug_can_be_asked_for_by_the_environment(failing, capsys, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_DEBUG", "1")
    failing(DataError("two rows"))
    assert cli.main(["receipt"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], ["publish"], ["receipt", "x", "--form", "y"], ["--no"]]
)
def test_wrong_usage_is_two(capsys, arguments):
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error(receipts_of, tmp_path):
    from brainscore_data.records.receipts import save_receipts

    save_receipts(receipts_of(*(f"Kar{number}" for number in range(2000))), tmp_path / "r.json")
    code = f"import sys; from brainscore_data.cli import main; sys.exit(main(['receipt', {str(tmp_path / 'r.json')!r}]))"
    writer = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    writer.stdout.readline()
    writer.stdout.close()
    with writer.stderr:
        assert writer.stderr.read() == ""
    assert writer.wait() == 0
