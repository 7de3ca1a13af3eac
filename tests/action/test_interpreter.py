"""The stand-in for the runner does what the runner does; else the other tests say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from played_action import Played, Player


@pytest.fixture
def play(player: Player, tmp_path: Path) -> Any:
    def run(action: str, inputs: dict[str, str] | None = None, **more: Any) -> Played:
        folder = tmp_path / "action"
        folder.mkdir()
        (folder / "action.yml").write_text(action)
        return player.action(inputs or {}, action=folder, **more)

    return run


def _steps(*steps: str) -> str:
    return "runs:\n  using: composite\n  steps:\n" + "".join(
        "    - " + step.strip().replace("\n", "\n      ") + "\n      shell: bash\n"
        for step in steps
    )


def test_after_a_failure_only_steps_that_ask_for_it_run(play: Any) -> None:
    played = play(
        _steps(
            "id: a\nrun: exit 3",
            "id: b\nrun: echo never",
            "id: c\nif: failure()\nrun: echo mourning",
            "id: d\nif: ${{ always() && inputs.x == '' }}\nrun: echo ${{ steps.a.outcome }}",
            "id: e\nif: inputs.x == ''\nrun: echo never",
        )
    )
    assert played.conclusion == "failure"
    outcomes = [each["outcome"] for each in played.steps]
    assert outcomes == ["failure", "skipped", "success", "success", "skipped"]
    assert "mourning" in played.log
    assert "never" not in played.log
    assert "failure" in played.log


def test_a_step_that_may_fail_has_another_conclusion_than_outcome(play: Any) -> None:
    played = play(
        _steps(
            "id: a\ncontinue-on-error: true\nrun: 'false'",
            "run: echo ${{ steps.a.outcome }}/${{ steps.a.conclusion }}",
        )
    )
    assert played.conclusion == "success"
    assert "failure/success" in played.log


def test_bash_stops_at_the_first_failure_also_in_a_pipe(play: Any) -> None:
    played = play(_steps("run: |\n  false | cat\n  echo never"))
    assert played.conclusion == "failure"
    assert "never" not in played.log


def test_outputs_environment_and_path_reach_the_next_steps(play: Any, tmp_path: Path) -> None:
    tool = tmp_path / "tools" / "greet"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho greetings\n")
    tool.chmod(0o755)
    played = play(
        "outputs:\n  text: {value: '${{ steps.a.outputs.text }}'}\n"
        + _steps(
            f"""id: a
run: |
  printf 'text<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
  echo "NAME=of a ${{{{ inputs.missing }}}}thing" >> "$GITHUB_ENV"
  echo '{tool.parent}' >> "$GITHUB_PATH"
  echo '# Said' >> "$GITHUB_STEP_SUMMARY\"""",
            "run: echo $NAME; greet",
        )
    )
    assert played.outputs == {"text": "one\ntwo"}
    assert "of a thing\ngreetings" in played.log
    assert played.summary == "# Said\n"


def test_an_output_without_its_delimiter_is_refused(play: Any) -> None:
    with pytest.raises(LookupError, match="delimiter"):
        play(_steps('run: printf "a<<END\\nb\\n" >> "$GITHUB_OUTPUT"'))


def test_inputs_have_defaults_and_unknown_ones_are_refused(play: Any) -> None:
    action = "inputs:\n  who: {default: world}\n  repo: {default: '${{ github.repository }}'}\n"
    action += _steps("run: echo ${{ inputs.WHO }} ${{ inputs.repo }}")
    with pytest.raises(LookupError, match="Unexpected input 'whom'"):
        play(action, {"whom": "x"})


def test_an_empty_input_is_given_and_not_the_default(play: Any) -> None:
    action = "inputs:\n  who: {default: world}\n  repo: {default: '${{ github.repository }}'}\n"
    action += _steps("run: echo '[${{ inputs.WHO }}]' ${{ inputs.repo }}")
    played = play(action, {"who": ""}, env={"GITHUB_REPOSITORY": "lab/data"})
    assert "[] lab/data" in played.log


def test_secrets_are_no_context_of_an_action(play: Any) -> None:
    with pytest.raises(LookupError, match="secrets"):
        play(_steps("run: echo ${{ secrets.KEY }}"))


def test_commands_in_the_log_are_obeyed_until_they_are_stopped(play: Any) -> None:
    played = play(
        _steps(
            """run: |
  echo '::error file=a.csv,line=3::50%25 of%0Ait'
  echo '::stop-commands::password'
  echo '::error::not this'
  echo '::password::'
  echo 'in a line ##[warning]or that'"""
        )
    )
    assert played.annotations == [
        {"level": "error", "message": "50% of\nit", "file": "a.csv", "line": "3"},
        {"level": "warning", "message": "or that"},
    ]
    assert "::error::not this" in played.log


def test_an_action_uses_another_of_the_repository(player: Player) -> None:
    folder = player.workspace / "inner"
    folder.mkdir()
    (folder / "action.yml").write_text(
        "inputs: {a: {default: none}}\noutputs: {b: {value: '${{ steps.s.outputs.b }}'}}\n"
        + _steps('id: s\nrun: echo "b=<$A>" >> "$GITHUB_OUTPUT"\nenv: {A: "${{ inputs.a }}"}')
    )
    steps = [
        {"id": "one", "uses": "./inner", "with": {"a": "${{ github.ref }}"}},
        {"run": "echo 'got ${{ steps.one.outputs.b }}'"},
    ]
    played = player.job({"steps": steps}, env={"GITHUB_REF": "refs/heads/main"})
    assert "got <refs/heads/main>" in played.log
