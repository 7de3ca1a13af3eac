"""The most memory that this process had: `ru_maxrss` also knows the one that it was forked from."""

import contextlib
import re
import resource
from pathlib import Path


def peak_mib():
    """Give the most memory so far, in MiB; where the system does not tell, with the parent's."""
    with contextlib.suppress(OSError):  # Linux, proc_pid_status(5)
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def peak_from_here():
    """Forget what came before, where the system can; gives what is held now, in MiB."""
    with contextlib.suppress(OSError):  # Linux, proc_pid_clear_refs(5)
        Path("/proc/self/clear_refs").write_text("5")
    return peak_mib()
