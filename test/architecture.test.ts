// The house's rules about its own files: who may import whom, what is named how, what must agree with what.
// The table is the authority. Where a better cut appears, change it here together with the code, and say why in docs/decisions.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SOURCE_FOLDERS = ["workers", "src", "sandbox", "scripts", "bench", "test"];

const ROLES = [
  "pure",
  "schema",
  "tables",
  "store",
  "service",
  "routes",
  "pages",
  "consumer",
  "edge",
  "do",
  "client",
  "browser",
  "index",
] as const;
type Role = (typeof ROLES)[number];

/** Names that do not tell their role. `edge` is the redirect's path, where every microsecond counts: own pure files only. */
const NAMED_ROLES: Readonly<Record<string, Role>> = {
  "clickouts/redirect/visit.ts": "edge",
  "clickouts/clicks/recorder.ts": "edge",
  "clickouts/redirect/published.ts": "edge",
  "clickouts/catalogue/publish.ts": "service",
  "clickouts/redirect/explain.ts": "service",
  "clickouts/networks/credential-tests.ts": "service",
};

const ROLE_OF_NAME: readonly (readonly [RegExp, Role])[] = [
  [/\/(client|browser)\//, "browser"],
  [/(^|\/)index\.ts$/, "index"],
  [/(^|\.|-)routes\.ts$|(^|\/)routes(-\w+)?\.ts$/, "routes"],
  [/(^|\/|\.)pages(-\w+)?\.tsx$/, "pages"],
  [/(^|\/|-)schema\.ts$|(^|\/)schema-\w+\.ts$/, "schema"],
  [/(^|\/)service(-\w+)?\.ts$|\.service\.ts$/, "service"],
  [/(^|\/)tables\.ts$/, "tables"],
  [/(^|\/)store(-\w+)?\.ts$|\.store\.ts$/, "store"],
  [/(^|\/)(consumer|cron)\.ts$/, "consumer"],
  [/\.do\.ts$/, "do"],
  [/[.-]client\.ts$/, "client"],
];

interface Allowance {
  /** Paths below src/shared: a folder with its slash, a file, or everything. */
  shared: readonly string[] | "all";
  /** Roles of the same system. */
  own: readonly Role[];
  /** Roles whose types alone may be named. */
  ownTypes: readonly Role[];
  packages: readonly string[];
}

const PURE_SHARED = [
  "errors.ts",
  "ids.ts",
  "clock.ts",
  "zone.ts",
  "money.ts",
  "rates/convert.ts",
  "deadline.ts",
  "public-host.ts",
  "telemetry/catalogue.ts",
  "page/language.ts",
  // What a user of the coalescing buffer decides is pure, in the buffer's words.
  "durable/change.ts",
  "durable/policy.ts",
];
const PURE_PACKAGES = ["isbot", "papaparse", "re2js", "tldts"];

/** What speaks of a system to the house: its types are open to all. */
const OPEN_TYPES = ["deps.ts", "jobs/job.ts", "system.ts"];

/** The import table; a pure file sees nobody else. */
const TABLE: Readonly<Record<Role, Allowance>> = {
  pure: { shared: PURE_SHARED, own: ["pure", "schema"], ownTypes: [], packages: PURE_PACKAGES },
  schema: {
    shared: [...PURE_SHARED, "http/", "jobs/job.ts"],
    own: ["pure", "schema"],
    ownTypes: [],
    packages: ["zod", "@hono/zod-openapi"],
  },
  tables: { shared: [], own: ["pure", "tables"], ownTypes: [], packages: ["drizzle-orm"] },
  store: {
    shared: [
      ...PURE_SHARED,
      "db/",
      "audit/",
      "http/page.ts",
      "auth/tables.ts",
      "vault/tables.ts",
      "queue/tables.ts",
      // An object's own SQLite.
      "durable/store.ts",
      "durable/schema-version.ts",
    ],
    own: ["pure", "schema", "tables", "store"],
    ownTypes: [],
    packages: ["drizzle-orm"],
  },
  // Store functions take their database as a parameter, so a service may call them and still be tried with another.
  // It tells the redirect's path what it has just published, so that the isolate that made a change shows it at once.
  service: {
    shared: "all",
    own: ["pure", "schema", "store", "service", "edge"],
    ownTypes: ["do", "client"],
    packages: PURE_PACKAGES,
  },
  routes: {
    // Keys, credentials and audit are kernel: their functions are the verbs that the console's doors call.
    shared: [
      ...PURE_SHARED,
      "http/",
      "auth/",
      "audit/",
      "jobs/",
      "vault/",
      "rates/",
      "db/client.ts",
      "config.ts",
      "telemetry/",
      "system.ts",
    ],
    own: ["pure", "schema", "service", "routes"],
    ownTypes: ["store"],
    packages: ["hono", "@hono/zod-openapi", "zod"],
  },
  pages: {
    shared: [...PURE_SHARED, "page/", "auth/"],
    own: ["pure", "schema", "service", "pages"],
    ownTypes: [],
    packages: ["hono"],
  },
  consumer: {
    shared: [...PURE_SHARED, "queue/", "telemetry/", "config.ts", "db/client.ts", "vault/credentials.ts", "webhooks/"],
    // What the redirect could not hand over comes here and takes the same way again.
    own: ["pure", "schema", "service", "edge"],
    ownTypes: ["do"],
    packages: ["zod"],
  },
  edge: { shared: "all", own: ["pure", "edge"], ownTypes: ["do"], packages: PURE_PACKAGES },
  do: {
    shared: "all",
    own: ["pure", "schema", "store", "client"],
    ownTypes: [],
    packages: ["cloudflare:workers", "zod"],
  },
  client: {
    // Which fields are secret, and how they are taken out of what an upstream says.
    shared: [...PURE_SHARED, "http/upstream.ts", "http/redact.ts", "vault/fields.ts"],
    own: ["pure", "client"],
    ownTypes: [],
    packages: ["zod", "fast-xml-parser"],
  },
  // What a page loads: built for browsers, so nothing of the Worker can be in it.
  browser: { shared: ["page/browser/"], own: ["browser"], ownTypes: [], packages: ["uplot"] },
  index: { shared: "all", own: [...ROLES], ownTypes: [], packages: [] },
};

/** Folders of src/shared that may use a package besides the pure ones and zod; a `tables.ts` may use drizzle anywhere. */
const SHARED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  hono: ["http/", "auth/", "page/", "system.ts"],
  "@hono/zod-openapi": ["http/", "auth/", "page/", "system.ts"],
  uplot: ["page/browser/"],
  "drizzle-orm": ["db/", "vault/", "auth/", "webhooks/", "audit/", "queue/", "jobs/", "rates/"],
  "dinero.js": ["money.ts"],
};

/** What a pure file may not even name: time, chance and the outside world are passed in. */
const IMPURE = [
  /\bDate\.now\(/,
  /\bnew Date\(\)/,
  /\bMath\.random\(/,
  /\bperformance\./,
  /(?<![.\w])fetch\(/,
  /\bconsole\./,
];

interface Import {
  to: string;
  typeOnly: boolean;
}

const STATEMENT = /^(?:import|export)(\s+type)?\s+[\w$*\s{},]+?\s+from\s+"([^"]+)"/gm;
const BARE = /^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  const note = (to: string, typeOnly: boolean) => {
    found.push({ to: to.startsWith(".") ? posix.join(posix.dirname(path), to) : to, typeOnly });
  };
  for (const [, type, to] of text.matchAll(STATEMENT)) note(to ?? "", type !== undefined);
  for (const [, bare, dynamic] of text.matchAll(BARE)) note(bare ?? dynamic ?? "", false);
  return found;
}

function packageOf(specifier: string): string {
  if (specifier.includes(":")) return specifier;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function systemOf(path: string): string | null {
  return /^workers\/(\w+)\//.exec(path)?.[1] ?? null;
}

/** The role of a system's file, from its path below `workers/`. */
function roleOf(path: string): Role {
  const below = path.slice("workers/".length);
  return NAMED_ROLES[below] ?? ROLE_OF_NAME.find(([name]) => name.test(below))?.[1] ?? "pure";
}

const isTest = (path: string) => /\.test\.tsx?$/.test(path) || path.startsWith("test/");
const isLocal = (specifier: string) => SOURCE_FOLDERS.some((folder) => specifier.startsWith(`${folder}/`));
const within = (path: string, places: readonly string[]) =>
  places.some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place));

function systemComplaint(from: string, { to, typeOnly }: Import): string | null {
  const role = roleOf(from);
  const allowed = TABLE[role];
  if (to.startsWith("src/shared/")) {
    const below = to.slice("src/shared/".length);
    if (allowed.shared === "all" || within(below, allowed.shared)) return null;
    return typeOnly && OPEN_TYPES.includes(below) ? null : `${role} may not import shared ${below}`;
  }
  if (!isLocal(to)) return allowed.packages.includes(packageOf(to)) ? null : `${role} may not import ${packageOf(to)}`;
  if (systemOf(to) !== systemOf(from)) return "a system may not import outside itself and shared";
  const other = roleOf(to);
  if (allowed.own.includes(other) || (typeOnly && allowed.ownTypes.includes(other))) return null;
  return `${role} may not import ${other} ${to}`;
}

function sharedComplaint(from: string, { to }: Import): string | null {
  const below = from.slice("src/shared/".length);
  if (isLocal(to)) return to.startsWith("src/shared/") ? null : "shared may import only shared";
  const name = packageOf(to);
  if (name === "cloudflare:workers")
    return below.endsWith(".do.ts") ? null : "only a Durable Object imports cloudflare:workers";
  if (name === "zod" || PURE_PACKAGES.includes(name)) return null;
  if (name === "drizzle-orm" && below.endsWith("/tables.ts")) return null;
  return within(below, SHARED_PACKAGES[name] ?? []) ? null : `shared/${below} may not import ${name}`;
}

function entryComplaint({ to }: Import): string | null {
  if (!isLocal(to) || to.startsWith("src/shared/") || !to.startsWith("workers/")) {
    return to.startsWith("src/shared/") || packageOf(to) === "hono" ? null : `the entry may not import ${to}`;
  }
  return systemOf(to) === null || ["index", "do"].includes(roleOf(to))
    ? null
    : "the entry imports only a system's index and objects";
}

function sandboxComplaint({ to }: Import): string | null {
  if (isLocal(to)) return to.startsWith("sandbox/") ? null : "the sandbox may import nothing of the application";
  return packageOf(to) === "hono" || packageOf(to) === "@hono/node-server" || to.startsWith("node:")
    ? null
    : `the sandbox may not import ${to}`;
}

function complaintOf(from: string, what: Import): string | null {
  if (isTest(from)) return null;
  if (from.startsWith("sandbox/")) return sandboxComplaint(what);
  if (from.startsWith("src/shared/")) return sharedComplaint(from, what);
  if (!from.startsWith("workers/")) return null;
  return systemOf(from) === null ? entryComplaint(what) : systemComplaint(from, what);
}

const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");

/** Every breach of the import table, as `file: why`. */
function importBreaches(files: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = [];
  for (const [path, text] of files) {
    for (const what of importsOf(path, text)) {
      const complaint = complaintOf(path, what);
      if (complaint !== null) breaches.push(`${path}: ${complaint}`);
    }
    const impure = systemOf(path) !== null && !isTest(path) && ["pure", "schema"].includes(roleOf(path));
    for (const word of impure ? IMPURE : []) {
      if (word.test(withoutComments(text))) breaches.push(`${path}: a pure file may not use ${word.source}`);
    }
  }
  return breaches;
}

const BANNED_NAME = /(^|[/.-])(utils?|helpers?|common|misc|managers?)([/.-]|$)|(^|\/)types\.ts$/;
// Put together, so that this file does not find itself.
const UNFINISHED = new RegExp(
  `\\b(${["TO", "FIX"].map((word) => `${word}${word === "TO" ? "DO" : "ME"}`).join("|")})\\b`,
);
/** `n === 1 ? "store" : "stores"`: the page kit's `count` and `plural` choose, in each language by its own rule. */
const OWN_PLURAL = /(?:\b(?:n|count|\w+s)|\.length) === "?1"? \? ["`]|startsWith\("1 "\)/;
const MAX_LINES = 300;
const MAX_TEST_LINES = 500;
const MAY_READ_PROCESS = ["scripts/", "sandbox/", "bench/", "test/"];

/** Every breach of the rules of size and names. */
function fileBreaches(files: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = [];
  for (const [path, text] of files) {
    const lines = text.trimEnd().split("\n");
    const limit = isTest(path) ? MAX_TEST_LINES : MAX_LINES;
    if (lines.length > limit) breaches.push(`${path}: ${lines.length} lines, at most ${limit}`);
    if (BANNED_NAME.test(path)) breaches.push(`${path}: a name that says nothing`);
    if (UNFINISHED.test(text)) breaches.push(`${path}: unfinished work is not committed`);
    if (!isTest(path) && within(path, ["workers/", "src/"]) && OWN_PLURAL.test(text))
      breaches.push(`${path}: a plural of its own`);
    if (!isTest(path) && !/^(#!.*\n)?(\/\/|\/\*)/.test(text)) breaches.push(`${path}: opens without saying what it is`);
    if (/\bprocess\.env\b/.test(withoutComments(text)) && !within(path, MAY_READ_PROCESS)) {
      breaches.push(`${path}: configuration comes from bindings, never from process.env`);
    }
  }
  return breaches;
}

/** Breaches of the rules of `migrations/`, from the files' names and contents. */
function migrationBreaches(files: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = [];
  const names = [...files.keys()].toSorted();
  for (const [i, name] of names.entries()) {
    if (!/^\d{4}_[a-z]+_[a-z0-9_]+\.sql$/.test(name)) breaches.push(`${name}: not NNNN_<system>_<what>.sql`);
    if (Number(name.slice(0, 4)) !== i) breaches.push(`${name}: the number after ${i - 1} is ${i}`);
    const sql = files.get(name) ?? "";
    // D1 ignores this pragma: a rebuilt table would lose its children.
    if (/foreign_keys\s*=\s*off/i.test(sql)) breaches.push(`${name}: use PRAGMA defer_foreign_keys`);
    if (/on delete cascade/i.test(sql)) breaches.push(`${name}: no cascades`);
  }
  return breaches;
}

interface Section {
  header: string;
  /** The lines directly above the header, and those below it. */
  text: string;
}

function sectionsOf(toml: string): Section[] {
  const sections: Section[] = [];
  let above: string[] = [];
  for (const line of toml.split("\n")) {
    const header = /^\[+([\w.]+)\]+/.exec(line)?.[1];
    const last = sections.at(-1);
    if (header !== undefined) sections.push({ header, text: above.join("\n") });
    else if (last !== undefined) last.text += `\n${line}`;
    above = line.startsWith("#") ? [...above, line] : [];
  }
  return sections;
}

const BINDINGS = [
  "d1_databases",
  "kv_namespaces",
  "durable_objects.bindings",
  "queues.producers",
  "version_metadata",
  "ratelimits",
  "assets",
];

/** Bindings that stand in wrangler.toml without a line of what they are for. */
function silentBindings(toml: string): string[] {
  return sectionsOf(toml)
    .filter(({ header, text }) => BINDINGS.includes(header) && !/^#.*\w/m.test(text))
    .map(({ text }) => /^(?:binding|name) = "(\w+)"/m.exec(text)?.[1] ?? "unnamed");
}

const listed = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name ?? "").toSorted();

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

function house(): Map<string, string> {
  const files = new Map<string, string>();
  for (const folder of SOURCE_FOLDERS.filter((name) => existsSync(join(ROOT, name)))) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      const path = posix.join(folder, entry.replaceAll("\\", "/"));
      if (/\.(tsx?|mjs)$/.test(path) && !path.includes("node_modules/")) files.set(path, read(path));
    }
  }
  return files;
}

describe("the house", () => {
  const files = house();

  test("has files to look at", () => {
    expect(files.size).toBeGreaterThan(50);
    expect(importsOf("src/shared/x/y.ts", read("src/shared/system.ts")).length).toBeGreaterThan(0);
  });

  test("keeps the import table", () => {
    expect(importBreaches(files)).toEqual([]);
  });

  test("imports only what is there", () => {
    const missing = [...files].flatMap(([path, text]) =>
      importsOf(path, text)
        // The fixtures at the end of this file name files that need not exist.
        .filter(({ to }) => path !== "test/architecture.test.ts" && isLocal(to) && !existsSync(join(ROOT, to)))
        .map(({ to }) => `${path}: ${to}`),
    );
    expect(missing).toEqual([]);
  });

  test("names roles only of files that exist", () => {
    expect(Object.keys(NAMED_ROLES).filter((path) => !files.has(`workers/${path}`))).toEqual([]);
  });

  test("keeps files small, named for what they are, and finished", () => {
    expect(fileBreaches(files)).toEqual([]);
  });

  test("exports exactly the Durable Objects that wrangler.toml binds and migrates", () => {
    const toml = read("wrangler.toml");
    const index = read("workers/index.ts");
    const exported = listed(index, /export \{ (\w+) \} from "[^"]+\.do\.ts"/g);
    expect(exported).toEqual(listed(toml, /class_name = "(\w+)"/g));
    const migrated = listed(toml, /new_sqlite_classes = \[([^\]]*)\]/g).flatMap((names) => listed(names, /"(\w+)"/g));
    expect(exported).toEqual(migrated.toSorted());
  });

  test("says of every binding what it is for", () => {
    expect(silentBindings(read("wrangler.toml"))).toEqual([]);
  });

  test("numbers its migrations without gaps and loses no rows in them", () => {
    const names = readdirSync(join(ROOT, "migrations")).filter((name) => name.endsWith(".sql"));
    expect(names).not.toEqual([]);
    expect(migrationBreaches(new Map(names.map((name) => [name, read(`migrations/${name}`)])))).toEqual([]);
  });
});

describe("the rules", () => {
  const one = (path: string, text: string) => new Map([[path, `// What it is.\n${text}\n`]]);

  test.for([
    ["workers/clickouts/resolve.ts", 'import { x } from "../contacts/wash.ts";'],
    ["workers/clickouts/resolve.ts", 'import { x } from "./store.ts";'],
    ["workers/clickouts/resolve.ts", 'import { config } from "../../src/shared/config.ts";'],
    ["workers/clickouts/resolve.ts", 'import { eq } from "drizzle-orm";'],
    ["workers/clickouts/resolve.ts", "export const x = Date.now();"],
    ["workers/clickouts/resolve.ts", 'export const x = await fetch("https://x");'],
    ["workers/clickouts/resolve.ts", 'const x = await import("./store.ts");'],
    ["workers/clickouts/visit.ts", 'import { x } from "./service.ts";'],
    ["workers/clickouts/visit.ts", 'import {\n  x,\n  y,\n} from "./store.ts";'],
    ["workers/clickouts/routes.ts", 'import { x } from "./store.ts";'],
    ["workers/clickouts/service.ts", 'import { ClickLog } from "./click-log.do.ts";'],
    ["workers/clickouts/service.ts", 'import type { T } from "../campaigns/board.ts";'],
    ["workers/clickouts/networks/awin.client.ts", 'import { x } from "../service.ts";'],
    ["workers/index.ts", 'import { x } from "./clickouts/service.ts";'],
    ["src/shared/http/app.ts", 'import { x } from "../../../workers/clickouts/networks.ts";'],
    ["src/shared/telemetry/log.ts", 'import { Hono } from "hono";'],
    ["src/shared/durable/buffer.ts", 'import { eq } from "drizzle-orm";'],
    ["sandbox/awin/app.ts", 'import { x } from "../../src/shared/ids.ts";'],
    ["sandbox/awin/app.ts", 'export * from "../../workers/clickouts/networks.ts";'],
    ["sandbox/awin/app.ts", 'import { eq } from "drizzle-orm";'],
  ] as const)("refuse in %s: %s", ([path, text]) => {
    expect(importBreaches(one(path, text))).toHaveLength(1);
  });

  test.for([
    ["workers/clickouts/service.ts", 'import type { ClickLog } from "./click-log.do.ts";'],
    ["workers/clickouts/resolve.ts", 'import { x } from "./links.ts";\n// Date.now() is for shells.'],
    ["workers/clickouts/service.test.ts", 'import { x } from "./store.ts";'],
    ["src/shared/queue/tables.ts", 'import { text } from "drizzle-orm/sqlite-core";'],
  ] as const)("allow in %s: %s", ([path, text]) => {
    expect(importBreaches(one(path, text))).toEqual([]);
  });

  test("refuse files that are long, badly named, unfinished or without an opening line", () => {
    expect(fileBreaches(one("src/shared/utils.ts", ""))).toHaveLength(1);
    expect(fileBreaches(one("workers/clickouts/types.ts", ""))).toHaveLength(1);
    expect(fileBreaches(one("src/shared/link-helpers.ts", ""))).toHaveLength(1);
    expect(fileBreaches(one("src/shared/x.ts", "a;\n".repeat(300)))).toHaveLength(1);
    expect(fileBreaches(one("src/shared/x.test.ts", "a;\n".repeat(300)))).toEqual([]);
    expect(fileBreaches(one("src/shared/x.ts", `// ${"TO"}${"DO"}: later`))).toHaveLength(1);
    expect(fileBreaches(one("src/shared/x.ts", "export const x = process.env.X;"))).toHaveLength(1);
    expect(fileBreaches(one("workers/acme/words.ts", 'const w = n === 1 ? "store" : "stores";'))).toHaveLength(1);
    expect(fileBreaches(new Map([["src/shared/x.ts", "export {};\n"]]))).toHaveLength(1);
  });

  test("refuse migrations with gaps, other names or lost children", () => {
    const good = ["0000_shared_keys.sql", "0001_clickouts_stores.sql"] as const;
    expect(migrationBreaches(new Map(good.map((name) => [name, "CREATE TABLE a (b);"])))).toEqual([]);
    expect(migrationBreaches(new Map([["0001_clickouts_stores.sql", ""]]))).toHaveLength(1);
    expect(migrationBreaches(new Map([["0000_Stores.sql", ""]]))).toHaveLength(1);
    expect(migrationBreaches(new Map([[good[0], "PRAGMA foreign_keys=OFF;"]]))).toHaveLength(1);
  });

  test("refuse a binding without a comment", () => {
    expect(silentBindings('[[kv_namespaces]]\nbinding = "KV"\n')).toEqual(["KV"]);
    expect(silentBindings('[[kv_namespaces]]\n# [all] cached keys\nbinding = "KV"\n')).toEqual([]);
    expect(silentBindings('# [all] cached keys\n[[kv_namespaces]]\nbinding = "KV"\n')).toEqual([]);
  });
});
