// The files that a step tells the runner things with.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files
import { readFileSync } from "node:fs";

// NAME=value, or NAME<<DELIMITER and lines up to the delimiter.
export function pairs(path) {
  const found = {};
  const lines = readFileSync(path, "utf8").split(/\r?\n/);
  while (lines.length) {
    const line = lines.shift();
    if (!line) continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals > 0 && (heredoc < 0 || equals < heredoc)) {
      found[line.slice(0, equals)] = line.slice(equals + 1);
    } else if (heredoc > 0) {
      const end = line.slice(heredoc + 2);
      const at = lines.indexOf(end);
      if (!end || at < 0) throw new Error(`Invalid value. Matching delimiter not found '${end}'`);
      found[line.slice(0, heredoc)] = lines.splice(0, at + 1).slice(0, -1).join("\n");
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return found;
}

export const lines = (path) => readFileSync(path, "utf8").split(/\r?\n/).filter(Boolean);
