// Builds what browsers load into `public/assets`: the style sheet, the modules of the page kit and of the systems, the font.
// Every file is served by ourselves; nothing here may name another host.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "public", "assets");
const PAGE = join(ROOT, "src", "shared", "page");
const FONTS = join(ROOT, "node_modules", "@fontsource-variable", "inter", "files");

/** Modules by their name in `/assets`: those of the kit, and `<system>-<module>` of each system. */
function modules(): Record<string, string> {
  const entries: Record<string, string> = {};
  const add = (folder: string, prefix: string) => {
    if (!existsSync(folder)) return;
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))) {
      entries[prefix + basename(file, ".ts")] = join(folder, file);
    }
  };
  add(join(PAGE, "client"), "");
  for (const system of readdirSync(join(ROOT, "workers"), { withFileTypes: true })) {
    if (system.isDirectory()) add(join(ROOT, "workers", system.name, "client"), `${system.name}-`);
  }
  return entries;
}

async function main(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  await build({
    entryPoints: { ...modules(), "page-style": join(PAGE, "style", "page.css") },
    outdir: OUT,
    bundle: true,
    minify: true,
    format: "esm",
    splitting: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    external: ["/assets/*"],
    legalComments: "none",
    logLevel: "warning",
  });
  copyFileSync(join(FONTS, "inter-latin-wght-normal.woff2"), join(OUT, "inter-5.3.0.woff2"));
  copyFileSync(join(PAGE, "sluice.svg"), join(OUT, "sluice.svg"));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
