"""What is said with every request of a client, so that no call can forget it."""

from __future__ import annotations

from typing import Any

_ASKS_FOR_CHECKSUM = "x-amz-checksum-mode"


def name_owner(client: Any, account: str) -> None:
    """Send the account that must own the bucket with every request that can carry it."""

    def add(params: dict[str, Any], model: Any, **_: Any) -> None:
        if "ExpectedBucketOwner" in model.input_shape.members:
            params.setdefault("ExpectedBucketOwner", account)

    client.meta.events.register("before-parameter-build.s3", add)


def forgo_refused_checksums(client: Any) -> None:
    """Read without the stored checksums from a server that refuses to be asked for them.

    Backblaze B2 answers a request that asks with 400, ``Unsupported header
    'x-amz-checksum-mode'`` [1]_. It is sent once more without, and so are all that follow.

    References
    ----------
    .. [1] https://github.com/vatesfr/xen-orchestra/issues/8358
    """
    refused = False

    def leave_out(params: dict[str, Any], **_: Any) -> None:
        if refused:
            params["headers"].pop(_ASKS_FOR_CHECKSUM, None)

    def ask_again(response: Any, request_dict: dict[str, Any], **_: Any) -> int | None:
        nonlocal refused
        if response is None or response[0].status_code not in {400, 501}:
            return None
        if request_dict["headers"].pop(_ASKS_FOR_CHECKSUM, None) is None:
            return None
        # The answer to a HEAD does not say what was wrong: that is remembered only if it is told.
        message = str(response[1].get("Error", {}).get("Message", ""))
        refused = refused or _ASKS_FOR_CHECKSUM in message
        return 0

    client.meta.events.register("before-call.s3", leave_out)
    client.meta.events.register_first("needs-retry.s3", ask_again)
