// A stand-in for digidip, the fallback that monetises what no network carries.
// It must refuse every destination that is not http(s), and every account but its own.
import type { Context } from "hono";
import { demoCredentials } from "../demo.ts";
import { webUrl } from "../partners.ts";
import { openSimulator } from "../simulator.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";

/** The publisher's account label. */
export interface DigidipOptions extends SimulatorOptions {
  account?: string;
}

/**
 * Simulates digidip for one account: `/visit` at the account's own host, or `/{account}/visit` where
 * hosts cannot be had. The error page is inferred.
 */
export function createDigidip(options: DigidipOptions = {}): Simulator {
  const account = options.account ?? demoCredentials.digidip.account;
  const simulator = openSimulator("digidip", options);
  const { app } = simulator;

  const visit = (c: Context, asked: string | undefined) => {
    if (asked !== account) return c.html("<h1>Unknown account</h1>", 404);
    const url = webUrl(c.req.query("url"));
    if (url === undefined) return c.html("<h1>Invalid url</h1>", 400);
    return c.redirect(url.href, 302);
  };
  app.get("/:account/visit", (c) => visit(c, c.req.param("account")));
  app.get("/visit", (c) => visit(c, new URL(c.req.url).hostname.split(".")[0]));

  app.notFound((c) => c.html("<h1>Not Found</h1>", 404));
  return simulator;
}
