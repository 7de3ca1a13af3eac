"""A command with commands of its own, which says what was meant by one that it does not have."""

from __future__ import annotations

import click

from brainscore_data.base.nearest import did_you_mean


class SuggestingGroup(click.Group):
    """A group that names the nearest command for one that is misspelt."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            meant = did_you_mean(name, known) or f"; the commands are {', '.join(known)}"
            raise click.UsageError(f"No such command {name!r}{meant}", ctx)
        return super().resolve_command(ctx, args)
