"""How a store lets everybody read what is public: the one thing that differs from bucket to bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shall = Literal["public", "private"]
#: By the tag of each object, by each object's access list, by where it is (`prefix`), or all alike.
Mode = Literal["tag", "acl", "prefix", "open", "closed", "folder", "unknown"]

_MEANS: dict[Mode, str] = {
    "tag": "by tag: everybody can read what is tagged visibility=public, and nothing else",
    "acl": "by access list: each public object is opened by its own list (ACL)",
    "prefix": "by prefix: everybody can read what is in one place, and nothing that is here",
    "open": "open as a whole: everybody can read everything that is here",
    "closed": "closed as a whole: nobody can read anything here without credentials",
    "folder": "a folder: whoever may read its files reads all of them",
    "unknown": "it is not known how this store opens public items",
}


@dataclass(frozen=True)
class Openness:
    """How a store opens what is public, and from what that is known.

    Attributes
    ----------
    mode : {"tag", "acl", "prefix", "open", "closed", "folder", "unknown"}
        What decides who can read an object without credentials.
    because : str
        What was found: settings, a policy, an access list, what could be read.
    hint : str or None
        What to do to have it otherwise.
    """

    mode: Mode
    because: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{_MEANS[self.mode]} ({self.because})"

    def obstacle(self, shall: Shall) -> str | None:
        """Say why one object cannot be opened, or closed, here; None where it can.

        Examples
        --------
        >>> Openness("tag", "its policy").obstacle("public") is None
        True
        >>> Openness("open", "its policy").obstacle("private")
        'this store is open as a whole: everybody can read everything that is here (its policy)'
        """
        stuck = {"prefix", "closed"} if shall == "public" else {"open"}
        if self.mode in stuck:
            return f"this store is {self}" if self.mode != "prefix" else f"this store opens {self}"
        return None


#: For stores without readers of that kind.
FOLDER = Openness("folder", "its permissions decide")
