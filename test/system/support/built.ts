// Before the first house: the Worker is built once, and one empty database is migrated, of which every house takes a copy.
// Files that run beside each other must not build: a build empties the folder of assets while another house serves it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { build, migrate } from "../../../scripts/worker-process.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The directory of a migrated, empty database that no house runs on. */
    migratedStateDir: string;
  }
}

/** Of this run of Vitest: each project that has houses loads this file anew. */
const built = globalThis as { sluiceMigratedStateDir?: string | undefined };

function buildAndMigrate(): string {
  build();
  const stateDir = mkdtempSync(join(tmpdir(), "sluice-migrated-"));
  migrate(stateDir);
  return stateDir;
}

export function setup(project: TestProject): () => void {
  const stateDir = (built.sluiceMigratedStateDir ??= buildAndMigrate());
  project.provide("migratedStateDir", stateDir);
  return () => {
    rmSync(stateDir, { recursive: true, force: true });
    built.sluiceMigratedStateDir = undefined;
  };
}
