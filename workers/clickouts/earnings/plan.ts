// Which pieces of time a network is asked for, and where reading stands. Pure.

/** A window of time, `toMs` exclusive. */
export interface Window {
  fromMs: number;
  toMs: number;
}

/** One reading of a network from beginning to end: slices in order, oldest first, and where it is. */
export interface Round<Slice> {
  /** When it was planned, which is also where its window ends. */
  toMs: number;
  /** It also looks for changed states of old sales. */
  changes: boolean;
  slices: readonly Slice[];
  at: number;
  /** The page to ask next within the slice; null is its first. */
  cursor: string | null;
}

/** What a step keeps between pages, attempts and runs. */
export interface Progress<Slice> {
  /** The revision of the credentials that it was read with: another account may have other sales. */
  revision: number;
  /** Everything until then has been read; null before the first round's end. */
  coveredToMs: number | null;
  /** When a round that looks for changes was last planned and read to its end. */
  changesAtMs: number | null;
  round: Round<Slice> | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Networks add sales of the last days late. */
const OVERLAP_MS = 3 * DAY_MS;
/** How far back once a day: sales are decided within weeks. It is also how far the first reading goes. */
const LOOK_BACK_MS = 60 * DAY_MS;
/** No network tells more than this at a time of need (lomadee: 90 days). */
const LONGEST_MS = 90 * DAY_MS;
/** Once a day by an hourly clock that is not exact. */
const CHANGES_EVERY_MS = 23.5 * HOUR_MS;
/** A round that nobody could end by then is planned anew: its window is no longer what an upstream answers. */
const ROUND_LIFE_MS = DAY_MS;

const timeOrNull = (value: unknown) => value === null || typeof value === "number";

function isRound(value: unknown): boolean {
  if (value === null) return true;
  const round = value as Partial<Round<unknown>> | undefined;
  return typeof round?.at === "number" && typeof round.toMs === "number" && Array.isArray(round.slices);
}

/** Progress as it was saved; null if it is none, or of another version of the code or other credentials. */
function readProgress<Slice>(saved: unknown, revision: number): Progress<Slice> | null {
  const progress = saved as Partial<Progress<Slice>> | null;
  const whole =
    progress?.revision === revision &&
    timeOrNull(progress.coveredToMs) &&
    timeOrNull(progress.changesAtMs) &&
    isRound(progress.round);
  return whole ? (progress as Progress<Slice>) : null;
}

/**
 * Where an attempt begins: at what its step saved, else where the run before it ended, else with nothing. A slice that another
 * run left in its middle is begun again, since a page's cursor may not live as long. Slices are taken on trust.
 */
export function begun<Slice>(
  saved: { own: unknown; previous: unknown },
  revision: number,
  nowMs: number,
): Progress<Slice> {
  const own = readProgress<Slice>(saved.own, revision);
  if (own !== null) return own;
  const previous = readProgress<Slice>(saved.previous, revision);
  if (previous === null) return { revision, coveredToMs: null, changesAtMs: null, round: null };
  const { round } = previous;
  if (round === null || nowMs - round.toMs > ROUND_LIFE_MS) return { ...previous, round: null };
  return { ...previous, round: { ...round, cursor: null } };
}

/** The windows of the next round: what is new with three days before it, and once a day the last 60 days. */
export function windows(
  { coveredToMs, changesAtMs }: Pick<Progress<unknown>, "coveredToMs" | "changesAtMs">,
  nowMs: number,
): { recent: Window; changes: Window | null } {
  const sinceMs = coveredToMs === null ? nowMs - LOOK_BACK_MS : coveredToMs - OVERLAP_MS;
  const recent = { fromMs: Math.max(sinceMs, nowMs - LONGEST_MS), toMs: nowMs };
  const due = changesAtMs === null || nowMs - changesAtMs >= CHANGES_EVERY_MS;
  return { recent, changes: due ? { fromMs: nowMs - LOOK_BACK_MS, toMs: nowMs } : null };
}

/** Begins a round of slices that cover `windows`. One without slices is over at once. */
export function withRound<Slice>(
  progress: Progress<Slice>,
  slices: readonly Slice[],
  nowMs: number,
  changes: boolean,
): Progress<Slice> {
  return ended({ ...progress, round: { toMs: nowMs, changes, slices, at: 0, cursor: null } });
}

/** Where reading stands after a page; `next` is the cursor that came with it. */
export function afterPage<Slice>(progress: Progress<Slice>, next: string | null): Progress<Slice> {
  const { round } = progress;
  if (round === null) return progress;
  const moved = next === null ? { at: round.at + 1, cursor: null } : { cursor: next };
  return ended({ ...progress, round: { ...round, ...moved } });
}

function ended<Slice>(progress: Progress<Slice>): Progress<Slice> {
  const { round } = progress;
  if (round === null || round.at < round.slices.length) return progress;
  return {
    revision: progress.revision,
    coveredToMs: round.toMs,
    changesAtMs: round.changes ? round.toMs : progress.changesAtMs,
    round: null,
  };
}
