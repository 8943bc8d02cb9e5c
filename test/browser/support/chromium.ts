// A real Chromium for the tests: on Linux the one that comes as a package, elsewhere an installed Chrome or Edge.
// It is unpacked once, into a folder of its own: two that unpack at once destroy each other's file.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Browser, LaunchOptions } from "playwright-core";
import { chromium } from "playwright-core";
import { ROOT } from "../../../scripts/worker-process.ts";

const CACHE = join(ROOT, "node_modules", ".cache", "chromium");
/** Changes with the package, so that another version is unpacked anew. */
const VERSION = "153.0.0";
/** Not the package's own arguments: `--single-process` kills the browser when a context closes. */
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"];

const HELP = "No browser was found: install Google Chrome or Microsoft Edge, then run the tests again.";

const FONTS_FILE = "fonts-here.conf";

/** Where letters are: those of the machine, and those of the package. Without any the browser dies. */
const fontsOf = (folder: string) => `<?xml version="1.0"?>
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(folder, "fonts", "fonts")}</dir>
  <cachedir>${join(folder, "font-cache")}</cachedir>
</fontconfig>
`;

/** Unpacks the packaged browser if it is not there yet; called once, before any test. */
export async function unpackChromium(): Promise<void> {
  const folder = join(CACHE, VERSION);
  if (process.platform !== "linux" || existsSync(folder)) return;
  const half = `${folder}-${process.pid}`;
  mkdirSync(half, { recursive: true });
  const before = process.env["TMPDIR"];
  // The package unpacks into the folder for temporary files, and takes whatever lies there for its own.
  process.env["TMPDIR"] = half;
  try {
    const { default: packaged } = await import("@sparticuz/chromium");
    await packaged.executablePath();
    writeFileSync(join(half, FONTS_FILE), fontsOf(folder));
    renameSync(half, folder);
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(half, { recursive: true, force: true });
  }
}

/** Starts the browser. */
export async function launchChromium(): Promise<Browser> {
  if (process.platform === "linux") {
    const folder = join(CACHE, VERSION);
    const env = { ...process.env, FONTCONFIG_FILE: join(folder, FONTS_FILE) };
    return chromium.launch({ executablePath: join(folder, "chromium"), args: ARGUMENTS, env });
  }
  const installed: LaunchOptions[] = [{ channel: "chrome" }, { channel: "msedge" }];
  for (const option of installed) {
    try {
      return await chromium.launch(option);
    } catch {
      // the next one
    }
  }
  throw new Error(HELP);
}
