// What the runner makes of a step's output: workflow commands are obeyed, secrets are hidden.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs

const COMMAND = /^\s*::([^\s:]+)(?: ([^:]*?))?::(.*)$/;
const OLD_COMMAND = /##\[([a-z-]+)(?: ([^\]]*?))?\](.*)$/i;

const plain = (text) =>
  text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%25", "%");

export class Log {
  constructor(secrets = []) {
    this.lines = [];
    this.annotations = [];
    this.secrets = new Set(secrets.filter(Boolean));
    this.stopped = null;
  }

  write(text) {
    for (const line of text.split(/\r?\n/)) this.line(line);
  }

  line(line) {
    const match = COMMAND.exec(line) ?? OLD_COMMAND.exec(line);
    const [name, properties, value] = match ? [match[1].toLowerCase(), match[2] ?? "", match[3]] : [];
    if (this.stopped !== null) {
      if (name === this.stopped) this.stopped = null;
      else this.lines.push(line);
      return;
    }
    if (!match) return void this.lines.push(line);
    switch (name) {
      case "add-mask":
        this.secrets.add(plain(value));
        return;
      case "stop-commands":
        this.stopped = value.toLowerCase();
        return;
      case "error":
      case "warning":
      case "notice":
        this.annotations.push({
          level: name,
          message: plain(value),
          ...Object.fromEntries(
            properties.split(",").filter(Boolean).map((each) => {
              const at = each.indexOf("=");
              return [each.slice(0, at), plain(each.slice(at + 1))];
            }),
          ),
        });
        this.lines.push(`${name}: ${plain(value)}`);
        return;
      case "group":
      case "endgroup":
      case "debug":
        this.lines.push(value);
        return;
      default:
        // set-output, save-state, set-env and add-path are switched off, or should not be used.
        this.annotations.push({ level: "refused", message: name });
        this.lines.push(line);
    }
  }

  // The log is hidden as a whole: a test sees whether a secret was shown before it was masked.
  text() {
    return this.lines.join("\n");
  }
}
