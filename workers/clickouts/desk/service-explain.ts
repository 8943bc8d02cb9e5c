// An explanation for a page: what the door would answer, or why it refuses, in the reader's words.
import { AppError } from "../../../src/shared/errors.ts";
import { inReadersWords } from "../../../src/shared/page/kit.ts";
import type { View } from "../../../src/shared/page/kit.ts";
import type { Explanation } from "../redirect/explain.ts";
import type { Desk } from "./service.ts";

/** A decision, or a sentence that says what is wrong with the URL. */
export type Explained = { explanation: Explanation } | { refused: string };

/** Explains a URL. Only a refusal is caught: a failure is the page's. */
export async function explained(desk: Desk, v: View, url: string): Promise<Explained> {
  try {
    return { explanation: await desk.explain(v.env, v.deps, { url }) };
  } catch (error) {
    if (error instanceof AppError && error.status === 400) return { refused: inReadersWords(v, error).detail };
    throw error;
  }
}
