// How a promise is reported: what was measured, what was promised, kept or missed. One line each.
import process from "node:process";

let missed = 0;

/** Prints one promise. */
export function verdict(promise: string, measured: string, budget: string, kept: boolean): void {
  if (!kept) missed += 1;
  process.stdout.write(`${kept ? "kept  " : "MISSED"}  ${promise}: ${measured} (promised ${budget})\n`);
}

/** Prints a line that is no promise. */
export function note(text: string): void {
  process.stdout.write(`        ${text}\n`);
}

/** How many promises were missed so far. */
export function missedPromises(): number {
  return missed;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
