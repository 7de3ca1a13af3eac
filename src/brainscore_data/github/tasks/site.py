"""The command ``site``: pages of all that the repository registers, from what everybody may read.

It is given no credentials: what it shows is for everybody.
"""

from __future__ import annotations

from brainscore_data.base.markdown import code_span
from brainscore_data.base.text import counted
from brainscore_data.github.tasks.task import Job, Result, store_options


def run(job: Job) -> Result:
    """Write the site; stores are asked if they are listed, and no other."""
    from brainscore_data.previewing.site import site

    stores = (job.inputs.store or "").split()
    out = job.folder / "site"
    done = site(
        job.workspace,
        out,
        stores,
        title=f"Data of {job.context.repository}",
        contact=f"{job.context.server_url}/{job.context.repository}/issues",
        previews=job.inputs.previews,
        **store_options(job, *stores),
    )
    for notice in done.notices:
        job.runner.say(f"note: {notice}")
    said = counted(done.pages, "page")
    if stores:
        said += f"; {done.readable} can be read by everybody"
    notes = "".join(f"\n- {code_span(each)}" for each in done.notices)
    return Result(outputs={"site-path": str(out)}, summary=f"## Site\n\n{said}.\n{notes}\n")
