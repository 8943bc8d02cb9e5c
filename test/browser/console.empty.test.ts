// An empty house: the first page says what to do first, and the list notices what was done by clicking.
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectSound } from "./support/look.ts";
import { Readers, clickThrough } from "./support/reader.ts";

const readers = new Readers();

beforeAll(() => readers.open({ empty: true }));
afterAll(() => readers.close());

test("the overview and the empty pages are sound", async () => {
  const contexts = await readers.both();
  for (const name of ["", "/credentials", "/keys", "/runs", "/parked"]) {
    await expectSound(contexts, readers.origin, `/console${name}`, `empty${name.replace("/", "-")}`);
  }
});

test.for([
  ["/clickouts", "empty-clickouts", "Add a store"],
  ["/clickouts/stores", "empty-stores", "Add a store"],
  ["/clickouts/clicks", "empty-clicks", "Explain a link"],
  ["/clickouts/sales", "empty-sales", "Ask the networks"],
  ["/clickouts/networks", "empty-networks", "Read sales now"],
] as const)("%s is sound while it is empty, and says what to do first", async ([path, name, first]) => {
  const contexts = await readers.both();
  await expectSound(contexts, readers.origin, `/console${path}`, name);
  const page = await contexts.en.newPage();
  await page.goto(`${readers.origin}/console${path}`);
  expect(await page.textContent("main")).toContain(first);
  await Promise.all([contexts.en.close(), contexts.pt.close()]);
});

test("who signs in with the admin token is offered a key of his own, and the list of first steps counts what is done", async () => {
  const reader = await readers.reader();
  const page = await reader.newPage();
  await page.goto(`${readers.origin}/console`);
  expect(await page.textContent(".head p")).toBe("Nothing flows yet: here is what to do first.");
  expect(await page.textContent(".needs")).toContain("Add a store");
  await clickThrough(page, ".needs li:has-text('key of your own') .button");
  await page.fill("[name=name]", "marina");
  await page.check("[value='*']");
  await clickThrough(page, "form.form > button.primary");
  const key = (await page.textContent(".result code")) ?? "";
  await page.goto(`${readers.origin}/console`);
  expect(await page.textContent("main")).toContain("1 of 5 done");
  await clickThrough(page, ".needs li:has-text('credentials of a network') .button");
  await clickThrough(page, "tr:has-text('digidip') .button");
  await page.fill("[name=account]", "sluice");
  await clickThrough(page, "form.form button.primary");
  await page.goto(`${readers.origin}/console`);
  expect(await page.textContent("main")).toContain("2 of 5 done");
  expect(await page.textContent(".head p")).toBe("Nothing flows yet: here is what to do first.");
  // The key that was made is as good as the token.
  const own = await readers.reader({ key });
  const theirs = await own.newPage();
  await theirs.goto(`${readers.origin}/console`);
  expect(await theirs.textContent(".who")).toBe("marina");
});
