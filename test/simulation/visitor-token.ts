// The one object behind a site's token: the real keeper in a shell as thin as the real one, and what it may never do.
import { WakeUp } from "../../src/shared/durable/wake-up.ts";
import type { AlarmPort } from "../../src/shared/durable/wake-up.ts";
import type * as Access from "../../workers/visitors/access/site-token.ts";
import type * as Keeper from "../../workers/visitors/access/token-keeper.ts";
import { Crash } from "./disk.ts";
import type { Process } from "./disk.ts";
import type { VisitorWorld } from "./visitor-world.ts";

/** The object. */
export interface TokenObject {
  alarm(): Promise<void>;
  keeper: Keeper.TokenKeeper;
  credentialsChanged(): void;
}

/** What it has on disk; the token itself is sealed a moment later than the rest. */
export interface KeptToken {
  state: Access.AccessState;
  sealed: Access.Token | null;
}

/** Starts the object of the site's token in a process, with what it has on disk. */
export function startToken(world: VisitorWorld, process: Process, alarm: AlarmPort): TokenObject {
  const wakeUp = new WakeUp(alarm, () => world.timeline.nowMs);
  const { access, TokenKeeper } = world.trial;
  const { kept } = world;
  /** A request with credentials that have changed since says nothing any more: beside it one with the new ones may run. */
  let underWay = { requests: 0 };
  const token = kept.sealed !== null && kept.sealed.serial === kept.state.token?.serial ? kept.sealed : null;
  const keeper = new TokenKeeper(
    {
      clock: () => world.timeline.nowMs,
      chance: () => world.chance.next(),
      fetchToken: async () => {
        if (process.dead) throw new Crash();
        if (kept.state.needs?.reason === "refused") world.violated("refused credentials are tried again");
        const mine = underWay;
        if (++mine.requests > 1) world.violated("two requests for one token");
        const { login } = world;
        await world.timeline.wait(world.chance.whole(1, 20));
        const fetched = login === null ? ({ kind: "missing" } as const) : await world.maxymiser.token(login);
        if (process.dead) throw new Crash();
        mine.requests -= 1;
        world.trace(`token: ${fetched.kind}`);
        return fetched;
      },
      remember: (state) => {
        if (process.dead) throw new Crash();
        kept.state = state;
        const { token: sealing } = state;
        if (sealing === null) kept.sealed = null;
        else
          world.timeline.at(world.timeline.nowMs + 5, () => {
            if (!process.dead && kept.state.token?.serial === sealing.serial) kept.sealed = sealing;
          });
      },
    },
    { ...kept.state, token },
  );
  const failed = (error: unknown) => {
    if (!(error instanceof Crash)) world.violated(`the token's alarm failed: ${String(error)}`);
  };
  return {
    keeper,
    credentialsChanged: () => {
      underWay = { requests: 0 };
      keeper.credentialsChanged();
    },
    alarm: () =>
      wakeUp.run(
        () => keeper.renew(),
        () => access.renewalDueAtMs(keeper.state),
        failed,
      ),
  };
}
