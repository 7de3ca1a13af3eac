// Runs the steps of a composite action, or of a job, as the runner does.
//
// Reads one JSON document from standard input and writes one. `uses:` is an action of this
// repository (`./`), one whose folder the document names, or one that it has a stand-in for: another
// list of steps. Whether a job runs at all is asked where `status` says how those before it ended.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { JOB_CONTEXTS, STEP_CONTEXTS, fill, holds, reads } from "./expressions.mjs";
import { lines, pairs } from "./files.mjs";
import { Log } from "./log.mjs";

const asked = JSON.parse(readFileSync(0, "utf8"));

function loadAction(folder) {
  const file = ["action.yml", "action.yaml"].map((name) => join(folder, name)).find(existsSync);
  if (!file) throw new Error(`no action.yml in ${folder}`);
  return parse(readFileSync(file, "utf8"), { version: "1.2", uniqueKeys: true });
}

class Run {
  constructor() {
    this.log = new Log(asked.secrets);
    this.summary = "";
    this.env = { ...asked.env };
    this.path = [];
    this.count = 0;
  }

  // Steps share `status` and what `steps.ID` says; `scope.env` is what is said over their environment.
  steps(list, contexts, scope) {
    const state = { status: "success", contexts: { ...contexts, steps: {}, env: this.env } };
    const told = [];
    for (const step of list) {
      state.contexts.env = { ...this.env, ...scope.env };
      const record = { name: step.name ?? step.id ?? step.uses, outputs: {} };
      if (!holds(step.if, state)) {
        record.outcome = record.conclusion = "skipped";
      } else {
        this.step(step, record, state, scope);
      }
      if (record.conclusion === "failure" && state.status === "success") state.status = "failure";
      const { outputs, outcome, conclusion } = record;
      if (step.id) state.contexts.steps[step.id] = { outputs, outcome, conclusion };
      told.push(record);
    }
    return { status: state.status, told, state };
  }

  step(step, record, state, scope) {
    const env = { ...scope.env };
    for (const [name, value] of Object.entries(step.env ?? {})) env[name] = fill(value, state);
    const inner = { ...state, contexts: { ...state.contexts, env: { ...this.env, ...env } } };
    const ended = step.uses
      ? this.uses(step, inner, { ...scope, env }, record)
      : this.script(step, inner, { ...scope, env }, record);
    record.outcome = ended ? "success" : "failure";
    const goesOn = fill(step["continue-on-error"] ?? "false", inner) === "true";
    record.conclusion = goesOn ? "success" : record.outcome;
  }

  uses(step, state, scope, record) {
    const given = Object.fromEntries(
      Object.entries(step.with ?? {}).map(([name, value]) => [name, fill(value, state)]),
    );
    const name = step.uses.split("@")[0];
    const stand_in = asked.stand_ins?.[name];
    const local = step.uses.startsWith("./") ? resolve(asked.workspace, step.uses) : null;
    const folder = asked.actions?.[name] ?? local;
    if (!stand_in && !folder) throw new Error(`there is no stand-in for ${step.uses}`);
    const action = stand_in ?? loadAction(folder);
    const done = this.action(action, given, folder ?? asked.workspace, state.contexts, scope.env);
    record.outputs = done.outputs;
    record.steps = done.told;
    return done.status === "success";
  }

  action(action, given, folder, contexts, env) {
    if (action.runs.using !== "composite") throw new Error("only composite actions can be run");
    const declared = action.inputs ?? {};
    const inputs = {};
    // The runner only warns of inputs that are not declared.
    for (const name of Object.keys(given)) {
      if (!Object.keys(declared).some((each) => each.toLowerCase() === name.toLowerCase())) {
        throw new Error(`Unexpected input '${name}', valid inputs are ${Object.keys(declared)}`);
      }
    }
    const { github, runner, job, strategy, matrix } = contexts;
    const outer = { github, runner, job, strategy, matrix, inputs: {}, env: {} };
    for (const [name, each] of Object.entries(declared)) {
      const named = Object.keys(given).find((one) => one.toLowerCase() === name.toLowerCase());
      inputs[name] = named ? given[named] : fill(each.default, { status: "success", contexts: outer });
    }
    const inside = { ...outer, inputs, github: { ...github, action_path: folder } };
    for (const step of action.runs.steps) {
      if (step.run && !step.shell) throw new Error("Required property is missing: shell");
    }
    const scope = { env: { ...env, GITHUB_ACTION_PATH: folder } };
    const done = this.steps(action.runs.steps, inside, scope);
    const outputs = Object.fromEntries(
      Object.entries(action.outputs ?? {}).map(([name, { value }]) => [name, fill(value, done.state)]),
    );
    return { ...done, outputs };
  }

  script(step, state, scope, record) {
    if ((step.shell ?? "bash") !== "bash") throw new Error(`the shell ${step.shell} is not played`);
    const folder = mkdtempSync(join(asked.runner_temp, "_runner-"));
    const at = (name) => join(folder, name);
    const files = { GITHUB_OUTPUT: at("output"), GITHUB_ENV: at("env"), GITHUB_PATH: at("path"), GITHUB_STEP_SUMMARY: at("summary") };
    for (const file of Object.values(files)) writeFileSync(file, "");
    writeFileSync(at("script.sh"), fill(step.run, state));
    const env = { ...this.env, ...scope.env };
    const path = [...this.path].reverse().concat(env.PATH).join(":");
    const begin = performance.now();
    const done = spawnSync("bash", ["--noprofile", "--norc", "-e", "-o", "pipefail", at("script.sh")], {
      cwd: resolve(asked.workspace, fill(step["working-directory"] ?? ".", state)),
      env: { ...env, ...files, PATH: path },
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 28,
      timeout: 1000 * (asked.seconds ?? 300),
    });
    record.seconds = (performance.now() - begin) / 1000;
    if (done.error) throw done.error;
    this.log.write(done.stdout.toString());
    this.log.write(done.stderr.toString());
    record.exit_code = done.status;
    record.outputs = pairs(files.GITHUB_OUTPUT);
    Object.assign(this.env, pairs(files.GITHUB_ENV));
    this.path.push(...lines(files.GITHUB_PATH));
    this.summary += readFileSync(files.GITHUB_STEP_SUMMARY, "utf8");
    return done.status === 0;
  }
}

function answer() {
  if (asked.reads) {
    return { reads: reads(loadAction(asked.reads), [...STEP_CONTEXTS]) };
  }
  const run = new Run();
  const contexts = { github: {}, runner: {}, job: {}, strategy: {}, matrix: {}, inputs: {}, ...asked.contexts };
  if (asked.texts) {
    const texts = Object.entries(asked.texts).map(([name, text]) => [name, fill(text, { status: "success", contexts })]);
    return { texts: Object.fromEntries(texts) };
  }
  if (asked.status && !holds(asked.job.if, { status: asked.status, contexts })) {
    return { conclusion: "skipped", outputs: {}, steps: [], log: "", annotations: [], masked: [], summary: "", env: {} };
  }
  let done;
  if (asked.job) {
    for (const name of JOB_CONTEXTS) contexts[name] ??= {};
    done = run.steps(asked.job.steps, contexts, { env: asked.job.env ?? {} });
    const outputs = Object.entries(asked.job.outputs ?? {}).map(([name, value]) => [name, fill(value, done.state)]);
    done.outputs = Object.fromEntries(outputs);
  } else {
    done = run.action(loadAction(asked.action), asked.inputs ?? {}, asked.action, contexts, {});
  }
  return {
    conclusion: done.status,
    outputs: done.outputs,
    steps: done.told,
    log: run.log.text(),
    annotations: run.log.annotations,
    masked: [...run.log.secrets],
    summary: run.summary,
    env: run.env,
  };
}

try {
  process.stdout.write(JSON.stringify(answer()));
} catch (error) {
  process.stdout.write(JSON.stringify({ refused: error.message }));
}
