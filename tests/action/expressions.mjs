// GitHub's expressions, evaluated by GitHub's own code.
import { Evaluator, Lexer, Parser, data } from "@actions/expressions";
import { truthy } from "@actions/expressions/result";

const FUNCTIONS = ["success", "failure", "always", "cancelled"].map((name) => ({
  name,
  minArgs: 0,
  maxArgs: 0,
}));
const HASH_FILES = { name: "hashFiles", minArgs: 1, maxArgs: 255 };
const KNOWN = [...FUNCTIONS, HASH_FILES];

// Contexts that the steps of a composite action and of a job have:
// https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
export const STEP_CONTEXTS = ["github", "inputs", "steps", "job", "runner", "env", "strategy", "matrix"];
export const JOB_CONTEXTS = [...STEP_CONTEXTS, "needs", "secrets", "vars"];

const OPEN = /\$\{\{((?:[^'}]|'(?:[^']|'')*'|\}(?!\}))*)\}\}/g;

export const asData = (value) => JSON.parse(JSON.stringify(value), data.reviver);

function parsed(text, contexts) {
  const { tokens } = new Lexer(text).lex();
  return new Parser(tokens, contexts, KNOWN).parse();
}

export function evaluate(text, state) {
  const contexts = new data.Dictionary(
    ...Object.entries(state.contexts).map(([key, value]) => ({ key, value: asData(value) })),
  );
  const says = (flag) => ({ call: () => new data.BooleanData(flag) });
  const functions = new Map([
    ["success", { ...KNOWN[0], ...says(state.status === "success") }],
    ["failure", { ...KNOWN[1], ...says(state.status === "failure") }],
    ["always", { ...KNOWN[2], ...says(true) }],
    ["cancelled", { ...KNOWN[3], ...says(state.status === "cancelled") }],
  ]);
  return new Evaluator(parsed(text, Object.keys(state.contexts)), contexts, functions).evaluate();
}

// What an `${{ }}` in a text becomes.
export function fill(text, state) {
  return String(text ?? "").replace(OPEN, (_, inner) => evaluate(inner, state).coerceString());
}

// `if:` may come with or without ${{ }}, and means success() && … unless it asks for the status.
export function holds(condition, state) {
  let text = String(condition ?? "").trim();
  const whole = /^\$\{\{(.*)\}\}$/s.exec(text);
  if (whole) text = whole[1];
  if (!text) text = "success()";
  if (!names(parsed(text, Object.keys(state.contexts))).calls.some((name) => FUNCTIONS.some((each) => each.name === name))) {
    text = `success() && (${text})`;
  }
  return truthy(evaluate(text, state));
}

// Which functions an expression calls, and which places of contexts it reads: `inputs.path`.
function names(node, found = { calls: [], reads: [] }) {
  if (node === null || typeof node !== "object") return found;
  if (node.functionName) found.calls.push(node.functionName.lexeme.toLowerCase());
  const place = placeOf(node);
  if (place) {
    found.reads.push(place);
    return found;
  }
  for (const value of Object.values(node)) {
    for (const each of Array.isArray(value) ? value : [value]) names(each, found);
  }
  return found;
}

function placeOf(node) {
  if (node.name?.lexeme && !node.functionName) return node.name.lexeme.toLowerCase();
  if (node.expr && node.index?.literal) {
    const before = placeOf(node.expr);
    return before && `${before}.${node.index.literal.coerceString()}`;
  }
  return null;
}

// All that the expressions in a document read, each with the place in the document that it is in.
export function reads(document, contexts, path = "") {
  if (typeof document === "string") {
    const texts = [...document.matchAll(OPEN)].map((match) => match[1]);
    if (path.endsWith(".if") && !texts.length) texts.push(document);
    return texts.flatMap((text) => names(parsed(text, contexts)).reads.map((name) => [path, name]));
  }
  if (document === null || typeof document !== "object") return [];
  return Object.entries(document).flatMap(([key, value]) => reads(value, contexts, `${path}.${key}`));
}
