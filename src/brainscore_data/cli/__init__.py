"""The command ``brainscore-data``: parsing, printing and exit codes, nothing else.

Commands are imported when they run: `--help` and a typing error answer at once.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.extras import extra_of, install_line
from brainscore_data.cli.groups import SuggestingGroup
from brainscore_data.cli.telling import make_ready, tell

DEBUG_VARIABLE = "BRAINSCORE_DATA_DEBUG"
INTERRUPTED = 130
_WRONG_USAGE = 2


class _Command(NamedTuple):
    """Where a command is, and its line in the help; that is shown without importing it."""

    home: str
    summary: str


_SUMMARIES = {
    "demo": "Publish an example on this computer, to see how it goes.",
    "init": "Look at a folder and write its dataset.toml.",
    "source": "Pin files that are too large for git.",
    "check": "Check a repository, a dataset or single files.",
    "rule": "Explain what is checked, and why.",
    "preview": "Show the data itself: text, Markdown or one page.",
    "shard": "Share a dataset out among machines.",
    "package": "Make a bundle of a dataset: the final files.",
    "store": "Look at a store before anything is published to it.",
    "aws": "Write templates and policies for AWS, and compare what is deployed.",
    "github": "Write a repository's workflows, and print its setup commands.",
    "publish": "Publish a dataset or a bundle to a store.",
    "adopt": "Write receipts of what somebody else uploaded.",
    "grant": "Let somebody submit bundles to a store for some hours.",
    "submit": "Put a bundle where an admin can approve it.",
    "status": "Show how far each item is, and what comes next.",
    "revise": "Let the next publication replace a published version.",
    "receipt": "Show receipts, or join those of shards.",
    "register": "Write registrations into a plugin.",
    "audit": "Compare registrations with what their stores hold.",
    "site": "Write a site with a page for each identifier.",
    "export": "Write Croissant, DataCite or CITATION.cff of a dataset.",
    "fetch": "Download the files of an identifier, verified.",
    "lookup": "Recover hashes and version ids from a store.",
    "verify": "Read published files again, and compare them with receipts.",
    "visibility": "Show who can read published items; open or close them.",
    "copy": "Copy published items to another store, with new receipts.",
    "retract": "Take back what is published, and say why.",
    "erase": "Delete a version for good, and say which copies remain.",
    "list": "List what is in a store.",
    "upload": "Another word for publish.",
    "download": "Another word for fetch.",
    "ls": "Another word for list.",
}
_SAME_AS = {"upload": "publish", "download": "fetch", "ls": "list"}
# Where a command is, if not in a module of its name.
_MODULES = {
    **dict.fromkeys(("source", "revise"), "manifest"),
    **dict.fromkeys(("fetch", "lookup", "verify"), "reading"),
    **dict.fromkeys(("grant", "submit"), "submission"),
    **dict.fromkeys(("retract", "erase"), "taking_back"),
    "list": "listing",
}
# Words that are Python's own have an underscore behind them.
_ATTRIBUTES = {"list": "list_"}


def _home(name: str) -> str:
    command = _SAME_AS.get(name, name)
    return (
        f"brainscore_data.cli.{_MODULES.get(command, command)}:{_ATTRIBUTES.get(command, command)}"
    )


COMMANDS = {name: _Command(_home(name), summary) for name, summary in _SUMMARIES.items()}


class _LazyGroup(SuggestingGroup):
    """A group that imports a command when it is run, and not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        import importlib

        module, _, attribute = COMMANDS[cmd_name].home.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in COMMANDS.items()])


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    if wanted:
        from brainscore_data.base.version import own_version

        tell(f"brainscore-data {own_version()}")
        ctx.exit()


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine; 1 the data is at fault; 2 wrong usage or environment; "
    "3 publishing is incomplete, run it again; 130 interrupted.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.option(
    "--debug", is_flag=True, help=f"Show tracebacks (also: {DEBUG_VARIABLE}=1).", expose_value=False
)
def cli() -> None:
    """Take Brain-Score data from a folder to a versioned store, with a receipt."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = _wants_debug(arguments)
    make_ready()
    try:
        return _run(arguments)
    except BrokenPipeError:
        # Whoever read our output has seen enough; a second error at shutdown would say otherwise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.Abort) as error:
        notes = [f"  {note}" for note in getattr(error, "__notes__", ())]
        said = "\n".join(["interrupted; running it again is safe", *notes])
        _tell(said, error, debug=debug)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: one line and an exit code
        return _explain(error, debug=debug)


def _run(arguments: list[str]) -> int:
    try:
        with (
            cli.make_context("brainscore-data", arguments) as context,
            warnings.catch_warnings(),
        ):
            # xarray would have them renamed; readers know similarities between presentations so.
            warnings.filterwarnings("ignore", message="Duplicate dimension names")
            code: Any = cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        sys.stdout.flush()
        return done.exit_code
    return code if isinstance(code, int) else 0


def _wants_debug(arguments: list[str]) -> bool:
    # Accepted at any place: it is what people add at the end after something went wrong.
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    wanted = "--debug" in options
    while "--debug" in options:
        arguments.remove("--debug")
        options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return wanted or os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")


def _explain(error: Exception, *, debug: bool) -> int:
    if isinstance(error, click.ClickException):
        said = io.StringIO()
        error.show(said)
        tell(said.getvalue(), err=True, nl=False)
        return _WRONG_USAGE
    if isinstance(error, BrainScoreDataError):
        notes = [f"  {note}" for note in getattr(error, "__notes__", ())]
        _tell("\n".join([f"error: {error}", *notes]), error, debug=debug)
        return error.exit_code
    if isinstance(error, ModuleNotFoundError) and (extra := extra_of(error)) is not None:
        text = f"error: {error.name} is not installed\n  hint: {install_line(extra)}"
        _tell(text, error, debug=debug)
        return _WRONG_USAGE
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        text = (
            f"error: {place}{error.strerror}\n"
            f"  hint: check the path, its permissions and the space on its disk"
        )
        _tell(text, error, debug=debug)
        return _WRONG_USAGE
    first = (str(error).splitlines() or [""])[0]
    _tell(
        f"internal error: {type(error).__name__}: {first}\n"
        f"  hint: run again with --debug and report what it shows",
        error,
        debug=debug,
    )
    return _WRONG_USAGE


def _tell(text: str, error: BaseException, *, debug: bool) -> None:
    if debug:
        import traceback  # not for every run: it takes as long to import as some rules to run

        tell("".join(traceback.format_exception(error)), err=True, nl=False)
    tell(text, err=True)
