// Rakuten's access tokens: minted for a client, valid for an hour, renewed by a refresh token.
// It must never look at a wall clock: time is passed in.

/** What the token door answers. */
export interface RakutenGrant {
  access_token: string;
  refresh_token: string;
  token_type: "bearer";
  expires_in: number;
  scope: string;
}

/** The tokens that are known: minting, refreshing, checking. */
export interface TokenBook {
  mint(scope: string): RakutenGrant;
  /** A new grant for a refresh token, or nothing if it is unknown. */
  refresh(refreshToken: string, scope: string): RakutenGrant | undefined;
  valid(accessToken: string): boolean;
  /** Ends every access token; refresh tokens go on. */
  endAll(): void;
}

const LIFE_SECONDS = 3600;

/**
 * Keeps tokens in memory. Sources disagree whether a new token ends the previous one, so that is a
 * switch; production measurements say it does not.
 */
export function tokenBook(now: () => number, random: () => number, newTokenRevokesOld: boolean): TokenBook {
  const expiries = new Map<string, number>();
  const refreshers = new Set<string>();
  const opaque = () =>
    Math.floor(random() * 2 ** 52)
      .toString(16)
      .padStart(13, "0");
  const mint = (scope: string): RakutenGrant => {
    for (const [token, expiry] of expiries) {
      if (newTokenRevokesOld || expiry <= now()) expiries.delete(token);
    }
    const accessToken = `${opaque()}${opaque()}`;
    const refreshToken = `${opaque()}${opaque()}`;
    expiries.set(accessToken, now() + LIFE_SECONDS * 1000);
    refreshers.add(refreshToken);
    return {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: "bearer",
      expires_in: LIFE_SECONDS,
      scope,
    };
  };
  return {
    mint,
    refresh: (refreshToken, scope) => (refreshers.delete(refreshToken) ? mint(scope) : undefined),
    valid: (accessToken) => (expiries.get(accessToken) ?? 0) > now(),
    endAll: () => expiries.clear(),
  };
}
