// Serves the whole sandbox on loopback: `node sandbox/server.ts`, port from SANDBOX_PORT. With SANDBOX_LEDGER_FILE some
// clicks become sales, and all sales are kept there over restarts.
// It must never listen on another address: its doors have no keys.
import process, { env } from "node:process";
import { createSandbox } from "./apps.ts";
import { bridgedServer } from "./bridge.ts";
import { keepJournal } from "./journal.ts";
import { sellClicks } from "./live-sales.ts";

const HOST = "127.0.0.1";
const port = Number(env["SANDBOX_PORT"] ?? 8788);

const { app, ledger } = createSandbox();
const ledgerFile = env["SANDBOX_LEDGER_FILE"];
if (ledgerFile !== undefined) {
  keepJournal(ledger, ledgerFile);
  sellClicks(ledger, Math.random);
}
const server = bridgedServer((request) => app.fetch(request));

server.once("error", (error: NodeJS.ErrnoException) => {
  const why = error.code === "EADDRINUSE" ? "is taken; set SANDBOX_PORT to another" : error.message;
  process.stderr.write(`sandbox: port ${port} on ${HOST} ${why}\n`);
  process.exit(1);
});
server.listen(port, HOST, () => {
  process.stdout.write(`sandbox: http://${HOST}:${port} (switches at /control)\n`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
    process.exit(0);
  });
}
