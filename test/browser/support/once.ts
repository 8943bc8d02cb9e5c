// Before the first browser test: the browser is unpacked, and old screenshots are gone.
import { rmSync } from "node:fs";
import { unpackChromium } from "./chromium.ts";
import { ARTIFACTS } from "./look.ts";

export async function setup(): Promise<void> {
  rmSync(ARTIFACTS, { recursive: true, force: true });
  await unpackChromium();
}
