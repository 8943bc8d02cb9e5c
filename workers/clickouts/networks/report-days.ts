// Windows counted in days of São Paulo, as afilio and lomadee take them: from the first day to the last, both whole. Pure.
import { saoPauloDaysBetween, saoPauloMidnight } from "./report-time.ts";
import { afterWindow, firstHalf, piecesOf } from "./report-window.ts";
import type { Window } from "./report-window.ts";

/** Neither tells a limit of a window; a month is what every network allows. */
const SLICE_DAYS = 31;

/** The midnight that is `days` days after the day of `fromMs` began. */
export const daysFrom = (fromMs: number, days: number): number => saoPauloMidnight(fromMs, days);

/** The last instant of a window, whose day is the last that must be asked for. */
export const lastMs = ({ fromMs, toMs }: Window): number => Math.max(fromMs, toMs - 1);

/** How many days a window touches. */
export const daysOf = (window: Window): number => saoPauloDaysBetween(window.fromMs, lastMs(window)) + 1;

/** A window in pieces of a month. */
export const monthsOf = (window: Window): Window[] => piecesOf(window, SLICE_DAYS, daysFrom);

/** The cursor of what follows a window that was answered; null at the slice's end. */
export const afterDays = (slice: Window, window: Window) => afterWindow(slice, window, daysOf(window), daysFrom);

/** The cursor of the first half of a window whose answer was too large; null for one day. */
export const halfOfDays = (window: Window) => firstHalf(window, daysOf(window), daysFrom);
