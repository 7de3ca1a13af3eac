"""Who uploads."""

from __future__ import annotations

from typing import Any


def get_user_info(sts_client: Any) -> tuple[str, str]:
    """Ask AWS for the account and the name that requests are signed with.

    Parameters
    ----------
    sts_client : boto3 client
        ``boto3.client("sts")``.

    Returns
    -------
    account_id, username : str
        The name is the last part of the ARN; for a role that of its session.
    """
    identity = sts_client.get_caller_identity()
    return identity["Account"], identity["Arn"].rpartition("/")[2]
