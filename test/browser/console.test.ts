// The console's own pages in a real browser: sound in every look, and every action done by clicking.
import { afterAll, beforeAll, describe, test } from "vitest";
import { expectSound } from "./support/look.ts";
import type { Contexts } from "./support/look.ts";
import { Readers } from "./support/reader.ts";

const readers = new Readers();
let contexts: Contexts;

beforeAll(async () => {
  await readers.open();
  contexts = await readers.both();
});

afterAll(() => readers.close());

describe("each page is sound in every look", () => {
  test.for([
    ["/console", "overview", 200],
    ["/console/keys", "keys", 200],
    ["/console/nothing-here", "missing", 404],
  ] as const)("%s", async ([path, name, status]) => {
    await expectSound(contexts, readers.origin, path, name, status);
  });

  test("the sign-in page", async () => {
    await expectSound(await readers.both({ key: null }), readers.origin, "/console/sign-in", "sign-in");
  });
});
