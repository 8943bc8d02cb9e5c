// What a page knows of its reader and of the request: language, zone, who is signed in, what he may do, what was refused.
import type { FieldError } from "../errors.ts";
import type { Actor, Deps } from "../deps.ts";
import type { Words } from "./format.ts";

/** A sentence that the next page shows once. */
export interface Flash {
  tone: "ok" | "warn" | "bad";
  text: string;
}

/** A form that was not accepted: what to say, at which fields, and what had been typed. */
export interface Refused {
  detail: string;
  errors: readonly FieldError[];
  /** By field name; what a password field held is not among them. */
  values: Readonly<Record<string, string | string[]>>;
}

/** What a system's tile, needs and search are given. */
export interface Look extends Words {
  env: Env;
  deps: Deps;
  actor: Actor;
  /** Whether the reader's key has the scope. */
  can: (scope: string) => boolean;
}

/** What a page is given. */
export interface View extends Look {
  requestId: string;
  /** Path and query of the request, to come back to. */
  here: string;
  url: URL;
  /** How the reader is called in the header. */
  name: string;
  /** The token that every form carries. */
  csrf: string;
  flash: Flash | null;
  refused: Refused | null;
  /** Whether the upstreams are simulators on this machine. */
  demo: boolean;
}

/** One value of a refused form, or undefined. */
export function typedValue(refused: Refused | null, name: string): string | undefined {
  const value = refused?.values[name];
  return typeof value === "string" ? value : value?.[0];
}
