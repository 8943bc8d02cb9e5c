// A one-time sign-in link to a house that runs, made with its admin token. It must never print the token.

/** The link; throws with the door's answer where it refuses. */
export async function signInLink(origin: string, adminToken: string): Promise<string> {
  const response = await fetch(`${origin}/api/sign-in-links`, {
    method: "POST",
    headers: { Authorization: `Bearer ${adminToken}` },
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`POST /api/sign-in-links answered ${response.status}: ${text}`);
  return (JSON.parse(text) as { url: string }).url;
}
