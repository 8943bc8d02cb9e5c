// One site's token: who gets it, when it is asked for, and what the site waits for without one.
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import { LEAST_LEFT_MS, UNKNOWN, renewalDueAtMs } from "./site-token.ts";
import type { AccessState } from "./site-token.ts";
import { TokenKeeper } from "./token-keeper.ts";
import type { Fetched } from "./token-keeper.ts";

/** A keeper, a clock, and a Maxymiser that answers when it is told to. */
function site(life = HOUR_MS, state: AccessState = UNKNOWN) {
  const world = {
    nowMs: 1_000_000,
    requests: 0,
    answer: (): Fetched => ({ kind: "token", text: `t${world.requests}`, region: "eu", livesMs: life }),
    remembered: state,
    waiting: null as Promise<void> | null,
  };
  const keeper = new TokenKeeper(
    {
      clock: () => world.nowMs,
      chance: () => 0.5,
      fetchToken: async () => {
        world.requests += 1;
        const answer = world.answer();
        await world.waiting;
        return answer;
      },
      remember: (next) => void (world.remembered = next),
    },
    state,
  );
  const deliver = (rejected?: number) =>
    keeper.ask({ purpose: "deliver", ...(rejected === undefined ? {} : { rejected }) });
  return { world, keeper, deliver };
}

describe("a token", () => {
  test("is asked for once by a thousand who come together", async () => {
    const { world, deliver } = site();
    const grants = await Promise.all(Array.from({ length: 1_000 }, () => deliver()));
    expect(world.requests).toBe(1);
    expect(new Set(grants.map((grant) => grant.kind === "token" && grant.token))).toEqual(new Set(["t1"]));
  });

  test("is handed out until half its life is over, then renewed while the old one goes on", async () => {
    const { world, deliver } = site();
    await deliver();
    world.nowMs += HOUR_MS / 2 - 1;
    expect(await deliver()).toMatchObject({ token: "t1" });
    expect(world.requests).toBe(1);
    world.nowMs += 1;
    expect(await deliver()).toMatchObject({ token: "t1" });
    await Promise.resolve();
    expect(world.requests).toBe(2);
    await new Promise((resolve) => setTimeout(resolve));
    expect(await deliver()).toMatchObject({ token: "t2" });
  });

  test("is renewed by the alarm if it was used, and not if nobody asked", async () => {
    const { world, keeper, deliver } = site();
    await deliver();
    expect(renewalDueAtMs(world.remembered)).toBe(world.nowMs + HOUR_MS / 2);
    await keeper.renew();
    expect(world.requests).toBe(1);
    world.nowMs += HOUR_MS / 2;
    await keeper.renew();
    expect(world.requests).toBe(2);
    expect(renewalDueAtMs(world.remembered)).toBeNull();
    world.nowMs += HOUR_MS / 2;
    await keeper.renew();
    expect(world.requests).toBe(2);
  });

  test("never leaves with less than a minute before it ends", async () => {
    const { world, deliver } = site(2 * MINUTE_MS);
    for (let second = 0; second < 600; second++) {
      const grant = await deliver();
      if (grant.kind === "token") expect(grant.expiresAtMs - world.nowMs).toBeGreaterThanOrEqual(LEAST_LEFT_MS);
      world.nowMs += SECOND_MS;
    }
    expect(world.requests).toBeLessThan(20);
  });

  test("that lives less than a minute is no use, and is not asked for in a circle", async () => {
    const { world, deliver } = site(5 * SECOND_MS);
    for (let n = 0; n < 100; n++) expect(await deliver()).toMatchObject({ kind: "hold", reason: "unavailable" });
    expect(world.requests).toBe(1);
  });

  test("that was rejected is replaced once for all who were rejected", async () => {
    const { world, deliver } = site();
    await deliver();
    const grants = await Promise.all(Array.from({ length: 100 }, () => deliver(1)));
    expect(world.requests).toBe(2);
    expect(grants.every((grant) => grant.kind === "token" && grant.serial === 2)).toBe(true);
  });

  test("that is rejected again at once is not replaced over and over", async () => {
    const { world, deliver } = site();
    await deliver();
    await deliver(1);
    expect(await deliver(2)).toMatchObject({ kind: "hold", reason: "unavailable", untilMs: world.nowMs + 10_000 });
    world.nowMs += 10 * SECOND_MS;
    expect(await deliver(2)).toMatchObject({ serial: 3 });
  });
});

describe("credentials", () => {
  test("that are refused are not tried again until they change", async () => {
    const { world, keeper, deliver } = site();
    world.answer = () => ({ kind: "refused", detail: "invalid_grant" });
    for (let day = 0; day < 30; day++) {
      expect(await deliver()).toMatchObject({ kind: "hold", reason: "refused", untilMs: null });
      world.nowMs += 24 * HOUR_MS;
    }
    expect(world.requests).toBe(1);
    world.answer = () => ({ kind: "token", text: "new", region: "us", livesMs: HOUR_MS });
    keeper.credentialsChanged();
    expect(await deliver()).toMatchObject({ token: "new", region: "us" });
  });

  test("that are missing are looked for once a minute", async () => {
    const { world, deliver } = site();
    world.answer = () => ({ kind: "missing" });
    for (let second = 0; second < 120; second++) {
      expect(await deliver()).toMatchObject({ kind: "hold", reason: "missing" });
      world.nowMs += SECOND_MS;
    }
    expect(world.requests).toBe(2);
  });

  test("that change while a request is under way make its answer void", async () => {
    const { world, keeper, deliver } = site();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.waiting = promise;
    const waiting = deliver();
    keeper.credentialsChanged();
    resolve();
    expect(await waiting).toMatchObject({ token: "t2" });
    expect(world.requests).toBe(2);
  });
});

describe("Maxymiser away", () => {
  test("is asked again after 1, 2, 4 … 60 seconds, not by each caller", async () => {
    const { world, deliver } = site();
    world.answer = () => ({ kind: "unavailable", detail: "HTTP 503" });
    for (let second = 0; second < HOUR_MS / SECOND_MS; second++) {
      expect(await deliver()).toMatchObject({ kind: "hold", reason: "unavailable" });
      world.nowMs += SECOND_MS;
    }
    expect(world.requests).toBeGreaterThan(60);
    expect(world.requests).toBeLessThan(90);
  });

  test("is left alone as long as it asks, and no longer than an hour", async () => {
    const { world, deliver } = site();
    world.answer = () => ({ kind: "unavailable", detail: "HTTP 429", retryAtMs: world.nowMs + 48 * HOUR_MS });
    expect(await deliver()).toMatchObject({ untilMs: world.nowMs + HOUR_MS });
  });

  test("at half life does not take away a token that is still good", async () => {
    const { world, deliver } = site();
    await deliver();
    world.nowMs += HOUR_MS / 2;
    world.answer = () => ({ kind: "unavailable", detail: "HTTP 503" });
    await deliver();
    await new Promise((resolve) => setTimeout(resolve));
    expect(await deliver()).toMatchObject({ token: "t1" });
    expect(world.requests).toBe(2);
  });

  test("whose request throws counts as away", async () => {
    const { world, deliver } = site();
    world.answer = () => {
      throw new Error("vault");
    };
    expect(await deliver()).toMatchObject({ kind: "hold", reason: "unavailable" });
  });
});

describe("a paused site", () => {
  test("lets one delivery through in a minute, and the token itself at any time", async () => {
    const { world, keeper, deliver } = site();
    await deliver();
    keeper.paused("api_access_disabled", "programmatic access disabled");
    expect(await deliver()).toMatchObject({ reason: "api_access_disabled", untilMs: world.nowMs + MINUTE_MS });
    expect(await keeper.ask({ purpose: "show" })).toMatchObject({ kind: "token", probe: false });
    let probes = 0;
    for (let second = 0; second < 600; second++) {
      world.nowMs += SECOND_MS;
      for (let caller = 0; caller < 16; caller++) {
        const grant = await deliver();
        if (grant.kind === "token" && grant.probe) {
          probes += 1;
          keeper.paused("api_access_disabled", "programmatic access disabled");
        }
      }
    }
    expect(probes).toBe(10);
    keeper.resumed();
    expect(await deliver()).toMatchObject({ kind: "token", probe: false });
  });

  test("is remembered, and so is the token", async () => {
    const first = site();
    await first.deliver();
    first.keeper.paused("unknown_site", "site not found");
    const second = site(HOUR_MS, first.world.remembered);
    expect(await second.deliver()).toMatchObject({ reason: "unknown_site" });
    expect(await second.keeper.ask({ purpose: "show" })).toMatchObject({ token: "t1" });
    expect(second.world.requests).toBe(0);
  });

  test("whose probe meets a token that ended gets a new one, and the probe is repeated, once", async () => {
    const { world, keeper, deliver } = site();
    await deliver();
    keeper.paused("api_access_disabled", "programmatic access disabled");
    world.nowMs += MINUTE_MS;
    expect(await deliver()).toMatchObject({ probe: true, serial: 1 });
    const [first, ...others] = await Promise.all([deliver(1), deliver(1), deliver()]);
    expect(first).toMatchObject({ kind: "token", probe: true, serial: 2 });
    for (const other of others) expect(other).toMatchObject({ kind: "hold", reason: "api_access_disabled" });
    expect(world.requests).toBe(2);
  });
});
