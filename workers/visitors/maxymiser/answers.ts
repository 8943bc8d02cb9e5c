// What Maxymiser can say, as the rest of the system sees it. Pure.

/** To a token request. `refused`: the credentials are not taken, and asking again changes nothing. */
export type TokenAnswer =
  | { kind: "token"; token: string; livesMs: number }
  | { kind: "refused"; detail: string }
  | { kind: "unavailable"; detail: string; retryAtMs?: number };

/** Why a whole site cannot be written to. */
export type SiteFault = "api_access_disabled" | "unknown_site";

/** One error of Maxymiser's envelope. */
export interface MaxymiserError {
  message: string;
  /** The attribute that is meant, where it says so. */
  parameter: string | null;
}

/** To a profile PUT. `status` is the HTTP status or the kind of failure. `later`: nothing is known or it asked to wait. */
export type PutAnswer =
  | { kind: "delivered"; status: string }
  | { kind: "unauthorized"; status: string; detail: string }
  | { kind: "site"; reason: SiteFault; status: string; detail: string }
  | { kind: "rejected"; status: string; detail: string; errors: readonly MaxymiserError[] }
  | { kind: "later"; status: string; detail: string; retryAtMs?: number };

const MAX_MESSAGE = 200;

/** The errors of `{errors: [{code, message, parameter?}]}`; none where the body is something else. */
export function readErrors(body: Record<string, unknown> | null): MaxymiserError[] {
  const errors = body?.["errors"];
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    if (typeof error !== "object" || error === null) return [];
    const { message, parameter } = error as Record<string, unknown>;
    return {
      message: typeof message === "string" ? message.slice(0, MAX_MESSAGE) : "",
      parameter: typeof parameter === "string" ? parameter : null,
    };
  });
}

/** What a token's answer says of the credentials, in a sentence. */
export function verdictOf(answer: TokenAnswer): { ok: boolean; detail: string; unsure?: boolean } {
  switch (answer.kind) {
    case "token":
      return { ok: true, detail: "Maxymiser gave a token." };
    case "refused":
      return { ok: false, detail: `Maxymiser does not take them: ${answer.detail}` };
    case "unavailable":
      return { ok: false, unsure: true, detail: `Maxymiser could not be asked: ${answer.detail}` };
  }
}
