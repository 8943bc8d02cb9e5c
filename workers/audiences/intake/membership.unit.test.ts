// Reading by hand must come to what the schemas say, and an audience that is read once to what it would be read again.
import fc from "fast-check";
import { expect, test } from "vitest";
import { accountSettings, envelope } from "../schema.ts";
import { byVerb, readMembership } from "./membership.ts";
import { isEnvelope, plainAccount } from "./mparticle.ts";

const setting = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{1,70}$/), fc.string(), fc.integer(), fc.constant(null));

test("an account that needs no reading is what its schema reads", () => {
  const settings = fc.record({ apiKey: setting, workspaceId: setting, environmentId: setting, trafficTypeId: setting });
  fc.assert(
    fc.property(settings, (given) => {
      const read = plainAccount(given);
      if (read !== null) expect(accountSettings.parse(given)).toEqual(read);
    }),
  );
  const usual = { apiKey: "k!", workspaceId: "ws-1", environmentId: "env_1", trafficTypeId: "t".repeat(64) };
  expect(plainAccount({ ...usual, more: 1 } as typeof usual)).toEqual(usual);
  for (const name of Object.keys(usual)) {
    for (const value of ["", " x", "ü", "x\n", 7, null]) expect(plainAccount({ ...usual, [name]: value })).toBeNull();
  }
});

test("what is a message is what its schema takes", () => {
  const type = fc.oneof(fc.string({ minLength: 95, maxLength: 105 }), fc.integer(), fc.constant(undefined));
  fc.assert(
    fc.property(fc.oneof(fc.record({ type, more: fc.anything() }), fc.jsonValue()), (given) => {
      expect(isEnvelope(given)).toBe(envelope.safeParse(given).success);
    }),
  );
});

test("each change goes to the segment of its audience, wherever others stand between", () => {
  const audience = (id: unknown, name: string, segmentName?: string) => {
    return { audience_id: id, audience_name: name, audience_subscription_settings: { segmentName }, action: "add" };
  };
  const given = [
    audience(1, "a"),
    audience("1", "a"),
    audience(2, "a"),
    audience(1, "a", "s_x"),
    audience(3, "b", "s_x"),
  ];
  const profiles = [...given, ...given, audience(null, "a")].map((one, n) => ({ mpid: n, audiences: [one] }));
  const { segments, ignored } = readMembership(profiles);
  expect(segments.map(({ naming, mpids }) => [naming.segment, naming.audienceId, mpids.join(" ")])).toEqual([
    ["sa_1", "1", "0 1 5 6"],
    ["sa_2", "2", "2 7"],
    ["s_x", "1", "3 4 8 9"],
  ]);
  expect(ignored).toEqual({ no_segment: 1 });
});

test("of an MPID with both verbs the last one counts", () => {
  const changes = {
    mpids: ["1", "2", "1", "3", "2", "2"],
    verbs: ["add", "delete", "delete", "add", "add", "add"],
  } as const;
  expect(byVerb({ mpids: [...changes.mpids], verbs: [...changes.verbs] })).toEqual({ add: ["2", "3"], delete: ["1"] });
  expect(byVerb({ mpids: ["1", "2"], verbs: ["delete", "delete"] })).toEqual({ add: [], delete: ["1", "2"] });
});
