// Asks Maxymiser whether it takes a site's credentials: the token that it gives is thrown away.
import { config } from "../../src/shared/config.ts";
import type { CredentialTest } from "../../src/shared/system.ts";
import { requestToken } from "./maxymiser.client.ts";

/** Before they are stored, and whenever an operator asks. */
export const testMaxymiser: CredentialTest = async (fields, env, deps) => {
  const answer = await requestToken(fields, config(env).maxymiserAuthUrl, deps);
  switch (answer.kind) {
    case "token":
      return { ok: true, detail: "Maxymiser gave a token." };
    case "refused":
      return { ok: false, detail: `Maxymiser does not take them: ${answer.detail}` };
    case "unavailable":
      return { ok: false, unsure: true, detail: `Maxymiser could not be asked: ${answer.detail}` };
  }
};
