// The test projects: `unit`, `system` and `browser` run in Node, `workers` in the real runtime with every binding of
// wrangler.toml. Files run beside each other, so each has its own house, ports and databases, and nothing is built meanwhile.
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { configDefaults, defineConfig } from "vitest/config";
import { sandboxVars } from "./sandbox/apps.ts";

/** Where the Worker under test finds its upstreams; no such host exists. */
const SANDBOX_ORIGIN = "http://sandbox.test";

/** Known to everybody; they stand above a developer's own `.dev.vars`, which must not leak in here. Tests read `env`. */
const TEST_SECRETS = {
  ADMIN_TOKEN: "test-admin-token-0123456789abcdef",
  VAULT_KEYS: "k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
};

const UNIT_TESTS = "**/*.unit.test.ts";

export default defineConfig(async () => ({
  test: {
    // The machines that run this have two cores; a file with a house waits for half of its time, so three keep both busy.
    // Projects go by their names: the long files of `browser` and `system` first, the many short ones fill the end.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: [UNIT_TESTS, "test/architecture.test.ts", "sandbox/**/*.test.ts"],
          setupFiles: ["./test/support/setup.unit.ts"],
          // A process for each file would be half of the work; the set-up file gives each its own modules all the same.
          isolate: false,
          // A hang ends here; how fast something is, is measured in bench/, where a busy machine does not matter.
          testTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                ...sandboxVars(SANDBOX_ORIGIN),
                ...TEST_SECRETS,
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
              },
              // The backstop: requests are routed in the set-up file, and nothing else may leave.
              outboundService: (request: { url: string }) => {
                throw new Error(`a test tried to reach ${request.url}`);
              },
            },
          }),
        ],
        test: {
          name: "workers",
          include: [
            "workers/**/*.test.ts",
            "src/shared/**/*.test.ts",
            "test/workers/**/*.test.ts",
            "test/support/**/*.test.ts",
          ],
          exclude: [...configDefaults.exclude, UNIT_TESTS],
          setupFiles: ["./test/support/setup.workers.ts"],
          // As in `unit`: the runtime goes on, storage is new for each test and modules are new for each file.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "system",
          environment: "node",
          include: ["test/system/**/*.test.ts"],
          globalSetup: ["./test/system/support/built.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: "browser",
          environment: "node",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["./test/system/support/built.ts", "./test/browser/support/once.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
}));
