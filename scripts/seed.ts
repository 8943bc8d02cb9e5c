// Brings the demo company in through the operator's doors, as an operator would.
// Repeating it is harmless: credentials are put again, shops that exist are left as they are.
import { demoCredentials, demoStores } from "../sandbox/demo.ts";

/** Seeds the Worker at `origin`; throws with the answer of the first door that refuses. */
export async function seed(origin: string, adminToken: string): Promise<void> {
  const call = async (method: string, path: string, body: unknown, accepted: number[]) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!accepted.includes(response.status)) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    }
  };
  for (const [name, fields] of Object.entries(demoCredentials)) {
    await call("PUT", `/api/credentials/${name}`, fields, [200, 201, 204]);
  }
  for (const store of demoStores) {
    await call("POST", "/api/clickouts/stores", store, [201, 409]);
  }
}
