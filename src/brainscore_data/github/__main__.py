"""What ``action.yml`` starts: ``python -I -X utf8 -m brainscore_data.github``."""

from __future__ import annotations

import os
import sys
import traceback

from brainscore_data.base.errors import BrainScoreDataError, UsageError

_INTERRUPTED = 130


def main() -> int:
    """Run the action; gives its exit code, and no traceback unless debugging is switched on."""
    from brainscore_data.github.runner import Runner
    from brainscore_data.github.running import run

    runner = Runner(os.environ)
    with runner.deaf():
        try:
            return run(os.environ, runner)
        except KeyboardInterrupt:  # the job was cancelled
            runner.say("interrupted; running it again is safe")
            return _INTERRUPTED
        except Exception as error:  # noqa: BLE001 - the last resort: one line and an exit code
            runner.error(_told(error))
            # https://docs.github.com/en/actions/how-tos/monitor-workflows/enable-debug-logging
            if os.environ.get("RUNNER_DEBUG") == "1":
                runner.say("".join(traceback.format_exception(error)))
            return 2


def _told(error: Exception) -> BrainScoreDataError:
    if isinstance(error, OSError) and error.strerror:
        return UsageError(
            error.strerror,
            where=str(error.filename) if error.filename else None,
            hint="check the path, its permissions and the space on its disk",
        )
    first = (str(error).splitlines() or [""])[0]
    return UsageError(
        f"internal error: {type(error).__name__}: {first}",
        hint="run the job again with debug logging switched on, and report what it shows",
    )


if __name__ == "__main__":
    sys.exit(main())
