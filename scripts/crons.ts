// When a cron of wrangler.toml is due, for the local house: the platform's own clock does not run there.
import { unstable_readConfig } from "wrangler";

/** The configured crons. */
export function configuredCrons(): string[] {
  return unstable_readConfig({ config: "wrangler.toml" }, { hideWarnings: true }).triggers.crons ?? [];
}

/**
 * Whether a cron is due in the minute of `at` (UTC). Each field is `*` or one number, which is all that we configure;
 * throws for any other, so that none is forgotten in silence.
 */
export function isDue(cron: string, at: Date): boolean {
  const fields = cron.split(" ");
  if (fields.length !== 5 || !fields.every((field) => /^(?:\*|\d{1,2})$/.test(field))) {
    throw new Error(`the local clock does not understand the cron ${cron}`);
  }
  const now = [at.getUTCMinutes(), at.getUTCHours(), at.getUTCDate(), at.getUTCMonth() + 1, at.getUTCDay()];
  return fields.every((field, n) => field === "*" || Number(field) === now[n]);
}
