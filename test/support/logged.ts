// What the code under test logs: kept out of the tests' output, and there to be looked at.

/** One line of the log, read. */
export interface LoggedLine {
  level: string;
  event: string;
  [field: string]: unknown;
}

/** Events that mean a bug wherever they occur: a test that does not take them away fails. */
const NEVER_EXPECTED = new Set(["metric_refused"]);

let lines: LoggedLine[] = [];

function readLine(args: readonly unknown[]): LoggedLine | null {
  const [text] = args;
  if (args.length !== 1 || typeof text !== "string" || !text.startsWith('{"level":')) return null;
  return JSON.parse(text) as LoggedLine;
}

/** Replaces `console.log` by one that keeps the log's lines and prints the rest. */
export function keepLog(): void {
  const print = console.log.bind(console);
  console.log = (...args: unknown[]) => {
    const line = readLine(args);
    if (line === null) print(...args);
    else lines.push(line);
  };
}

/** The lines since the last call or the start of the test. */
export function takeLog(): LoggedLine[] {
  const taken = lines;
  lines = [];
  return taken;
}

/** Of these lines, those that no test may leave behind. */
export function neverExpected(logged: readonly LoggedLine[]): LoggedLine[] {
  return logged.filter(({ event }) => NEVER_EXPECTED.has(event));
}
