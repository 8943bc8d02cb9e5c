// CPU time of a process, from /proc: steadier than the clock on a machine that others use too. Null where there is no /proc.
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** The kernel counts in hundredths of a second (USER_HZ). */
const TICK_US = 10_000;

function statOf(pid: string | number): { name: string; fields: string[] } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    return { name: text.slice(text.indexOf("(") + 1, end), fields: text.slice(end + 2).split(" ") };
  } catch {
    return null;
  }
}

/** The runtimes that this process has started and that still run. */
export function runtimes(): number[] {
  try {
    return readdirSync("/proc")
      .filter((entry) => /^[0-9]+$/.test(entry))
      .filter((pid) => {
        const stat = statOf(pid);
        return stat?.name === "workerd" && Number(stat.fields[1]) === process.pid;
      })
      .map(Number);
  } catch {
    return [];
  }
}

/** What a process has used so far, user and system, in microseconds. */
export function cpuUs(pid: number | null): number | null {
  const stat = pid === null ? null : statOf(pid);
  return stat === null ? null : (Number(stat.fields[11]) + Number(stat.fields[12])) * TICK_US;
}
