// Makes node_modules fit package-lock.json and names the Node that came with it.
// Plain JavaScript for Node 20 without dependencies: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** Every package of the lock stands in node_modules in that version; those of other platforms may be missing. */
function isCurrent(root) {
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, path), "utf8")).packages;
    const installed = read("node_modules/.package-lock.json");
    return Object.entries(read("package-lock.json")).every(([path, wanted]) => {
      if (path === "") return true;
      const found = installed[path];
      if (found === undefined) return wanted.optional === true;
      return found.version === wanted.version && existsSync(join(root, path));
    });
  } catch {
    return false;
  }
}

/** Runs `npm ci` where it is needed, ends the process where that fails, and answers the path of the Node to go on with. */
export function ensureInstalled(root) {
  const node = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  if (isCurrent(root) && existsSync(node)) return node;
  process.stdout.write("Installing packages (npm ci) …\n");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    process.stderr.write("npm ci failed: its message stands above.\n");
    process.exit(1);
  }
  return node;
}

/** The environment for children: our Node and tools first, and neither telemetry nor calls home. */
export function toolEnvironment(root) {
  const separator = process.platform === "win32" ? ";" : ":";
  return {
    ...process.env,
    PATH: `${join(root, "node_modules", ".bin")}${separator}${process.env.PATH ?? ""}`,
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    X_LOCAL_OBSERVABILITY: "false",
    X_LOCAL_EXPLORER: "false",
  };
}
