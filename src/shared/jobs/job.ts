// What a job is to the kernel: one piece of work a system, or steps that wait for nobody and resume where they saved.
import type { Db, Statement } from "../db/client.ts";
import type { Deps } from "../deps.ts";
import type { Count } from "../telemetry/counters.ts";

/** What a job tells of its run: counts by name, and warnings. */
export interface JobResult {
  counts: Record<string, number>;
  warnings: string[];
}

/** Work in one go. Several systems may do their part of one job, `sweep` above all: each part is a step of its run. */
export type Job = (env: Env, deps: Deps) => Promise<JobResult>;

/** The states of a run and of its steps, by the contract. */
export const RUN_STATES = ["queued", "running", "done", "failed", "needs_confirmation"] as const;

/** One of them. */
export type RunState = (typeof RUN_STATES)[number];

/** Who started a run. */
export type RunCause = "cron" | "operator";

/** Counts by name, as a run tells them. */
export type Counts = JobResult["counts"];

/** What is kept together with a step's progress: all of it, or nothing. */
export interface Saving {
  /** Added to what was counted before. */
  counts?: Counts;
  /** Added to the warnings of before; the first 50 are kept. */
  warnings?: readonly string[];
  /** Written in the same transaction. */
  statements?: readonly Statement[];
}

/** A step at work. Only one invocation at a time holds it; who lost it meanwhile can save nothing any more. */
export interface Step {
  runId: string;
  name: string;
  /** When its run was started, in milliseconds. */
  runStartedAtMs: number;
  /** An operator agreed to what this step asked before. */
  confirmed: boolean;
  /** What this step saved last, as it was given; null at its first attempt. */
  progress: unknown;
  /** What the newest earlier step of the same name and job saved last; null if there is none. */
  previous: unknown;
  /** This invocation's session of D1. */
  db: Db;
  count: Count;
  /** Keeps progress (JSON, at most 100 KB) and what goes with it in one transaction. Throws `StepLost`: stop at once. */
  save(progress: unknown, saving?: Saving): Promise<void>;
}

/**
 * How an attempt ended. `wait` and `failed` come again, after a time or with backoff, until too many attempts in a row
 * saved nothing; `final` ends the step at once. `reason` is a sentence for the operator, without secrets.
 */
export type StepResult =
  | { kind: "done" }
  | { kind: "wait"; afterSeconds: number; reason: string }
  | { kind: "failed"; reason: string; final?: boolean }
  | { kind: "needs_confirmation"; reason: string };

/** A job of steps that run side by side, one queue message each; the failure of one delays no other. */
export interface SteppedJob {
  /** The steps of a run that starts now. */
  steps: (env: Env, deps: Deps) => Promise<readonly string[]>;
  /** Does one step, from its progress on; a throw counts as `failed`. */
  step: (step: Step, env: Env, deps: Deps) => Promise<StepResult>;
}

/** The step is no longer this invocation's: its run was closed, or another attempt took it over. */
export class StepLost extends Error {
  override name = "StepLost";
}
