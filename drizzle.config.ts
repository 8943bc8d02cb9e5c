// How `npm run migration -- --name <system>_<what>` writes the next flat file. Read every file that it writes.
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: ["./workers/*/tables.ts", "./src/shared/*/tables.ts"],
  out: "./migrations",
});
