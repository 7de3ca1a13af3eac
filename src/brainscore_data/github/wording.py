"""What the program says of its command line, for readers of a workflow: they have inputs."""

from __future__ import annotations

import re

# Longer ones first: they hold the shorter.
_WORDS = (
    ("its store is not listed: --store ", "its store is not listed in the input store: "),
    (
        "its server is not listed: --endpoint-url ",
        "its server is not listed in the input endpoint-url: ",
    ),
    ("add --store s3://bucket", "name it in the input `store`"),
    ("with --allow-unversioned", "with the input `allow-unversioned: true`"),
    ("--allow-unversioned", "the input `allow-unversioned: true`"),
    ("run `aws sso login`, with --profile if you use one", "give the input `role-to-assume`"),
    ("--read reads", "`brainscore-data audit --read` reads"),
    ("with --ca-bundle", "in the input `ca-bundle`"),
    ("--region", "the input `aws-region`"),
)
_OPTION = re.compile(r"(?<![\w-])--(store|endpoint-url|expected-bucket-owner|addressing-style)\b")
# Of a bundle that a script made.
_APPROVAL = re.compile(r"brainscore-data publish .* --approve-digest sha256:([0-9a-f]{64})")
_COMMAND = re.compile(r"brainscore-data [a-z]")


def in_workflow_words(text: str) -> str:
    """Say it to somebody who reads the log or the summary of a workflow.

    Commands of the program stay what they are: they are for a laptop.

    Examples
    --------
    >>> in_workflow_words("turn versioning on, or accept it with --allow-unversioned")
    'turn versioning on, or accept it with the input `allow-unversioned: true`'
    >>> in_workflow_words("`brainscore-data check --fix` removes them")
    '`brainscore-data check --fix` removes them'
    """
    return "\n".join(_reworded(line) for line in text.split("\n"))


def _reworded(line: str) -> str:
    if approval := _APPROVAL.search(line):
        start = line[: approval.start()]
        return f"{start}start publish-on-approval.yml with bundle-sha256: {approval[1]}"
    if _COMMAND.search(line):
        return line
    for words, instead in _WORDS:
        line = line.replace(words, instead)
    return _OPTION.sub(r"the input `\1`", line)
