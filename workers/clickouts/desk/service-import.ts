// A file of stores that a page was given: looked at, or brought in. The door's verb does both.
import { importStores } from "../catalogue/service-import.ts";
import type { ImportResult } from "../catalogue/service-import.ts";
import type { Operation } from "../service.ts";

async function* inOnePiece(text: string): AsyncGenerator<string> {
  yield text;
}

/** What the file would bring, and the lines that stand against it. */
export async function lookAtStores(op: Operation, text: string): Promise<ImportResult> {
  return await importStores(op, inOnePiece(text), true);
}

/** Brings all of the file, or throws `invalid_request` and brings nothing. */
export async function bringStores(op: Operation, text: string): Promise<ImportResult> {
  return await importStores(op, inOnePiece(text), false);
}
