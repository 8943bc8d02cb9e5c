// Windows counted in days of São Paulo, as afilio and lomadee take them: from the first day to the last, both whole. Pure.
import { saoPauloDaysBetween, saoPauloMidnight } from "./report-time.ts";
import type { Window } from "./report-window.ts";

/** The midnight that is `days` days after the day of `fromMs` began. */
export const daysFrom = (fromMs: number, days: number): number => saoPauloMidnight(fromMs, days);

/** The last instant of a window, whose day is the last that must be asked for. */
export const lastMs = ({ fromMs, toMs }: Window): number => Math.max(fromMs, toMs - 1);

/** How many days a window touches. */
export const daysOf = (window: Window): number => saoPauloDaysBetween(window.fromMs, lastMs(window)) + 1;
