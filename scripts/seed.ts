// Brings the demo company in through the operator's doors, as an operator would.
// Repeating it is harmless: credentials are put again, shops that exist are left as they are.
import { demoCredentials, demoMaxymiser, demoStores } from "../sandbox/demo.ts";

/** Seeds the Worker at `origin`; throws with the answer of the first door that refuses. */
export async function seed(origin: string, adminToken: string): Promise<void> {
  const call = operator(origin, adminToken);
  for (const [name, fields] of Object.entries(demoCredentials)) {
    await call("PUT", `/api/credentials/${name}`, fields, [200, 201, 204]);
  }
  // A house without the system that calls Maxymiser knows no such credential.
  const site = `maxymiser:${demoMaxymiser.siteId}`;
  await call("PUT", `/api/credentials/${site}`, demoMaxymiser.credentials, [200, 201, 204, 404]);
  for (const store of demoStores) {
    await call("POST", "/api/clickouts/stores", store, [201, 409]);
  }
}

/** Makes the key with which the demo's sources hand in audiences and visitors. */
export async function makeIngestKey(origin: string, adminToken: string): Promise<string> {
  const scopes = ["audiences:ingest", "visitors:ingest"];
  const made = await operator(origin, adminToken)("POST", "/api/keys", { name: "Demo sources", scopes }, [201]);
  const { key } = JSON.parse(made) as { key: string };
  return key;
}

/** Calls the operator's doors; throws with the answer of one that does not answer as accepted. */
function operator(origin: string, adminToken: string) {
  return async (method: string, path: string, body: unknown, accepted: number[]): Promise<string> => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!accepted.includes(response.status)) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    }
    return text;
  };
}
