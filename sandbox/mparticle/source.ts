// mParticle as a source: it registers, subscribes audiences and sends their changes, by its own retry rules.
// It knows who is in each audience by what was acknowledged; that truth must never come from the receiver.
import { deliver, inParallel, keepLost } from "../deliver.ts";
import type { Delivery, Outlet, RetryRules } from "../deliver.ts";
import { between, shuffled } from "../seeded.ts";
import { drawGuid, drawMpids, drawProfile, FIREHOSE_VERSION } from "./messages.ts";
import type { Message, MparticleAccount } from "./messages.ts";
import { asksToStop, complaintsAbout, readRegistration } from "./replies.ts";
import type { Registration } from "./replies.ts";
import { membershipTruth } from "./truth.ts";

/** Where to send, as whom, for which audiences and about whom (default: 1,000 MPIDs drawn by `random`). */
export interface MparticleOptions extends Outlet {
  /** Takes all messages; `token` goes into `Authorization: Token …` of all but the registration. */
  url: string;
  token: string;
  account: MparticleAccount;
  audiences: readonly { id: number; name: string }[];
  mpids?: readonly string[];
  timeoutMs?: number;
  now: () => number;
  random: () => number;
}

/** A burst: how many messages of how many profiles, sent `parallel` at a time in a disorder of chance. */
export interface MparticleBurst {
  messages: number;
  /** Least and most profiles a message. */
  profiles: readonly [number, number];
  /** How many of the messages are sent once more, 0 to 1; default 0.1. */
  duplicates?: number;
  parallel?: number;
}

/**
 * One customer's connection. `faulted` (tries used up, or refused for good) and `suspended` (the receiver
 * asked for it) stop all sending until `resume`; what was to be sent meanwhile is not sent later.
 */
export interface MparticleSource {
  state(): "sending" | "faulted" | "suspended";
  resume(): void;
  /** Asks for the registration, without a token. Nothing else can be sent before it is known. */
  register(): Promise<Delivery>;
  subscribe(audienceId: number, action?: "add" | "update"): Promise<Delivery | null>;
  unsubscribe(audienceId: number): Promise<Delivery | null>;
  heartbeat(): Promise<Delivery | null>;
  /** A membership change of so many people, later than all before; not sent yet. */
  draw(profiles: number): Message;
  /** Sends one message, perhaps again; null if the connection is stopped. */
  send(message: Message): Promise<Delivery | null>;
  burst(burst: MparticleBurst): Promise<void>;
  /** Who is in the audience by the newest acknowledged change of each person. */
  members(audienceId: number): ReadonlySet<string>;
  /** What the receiver returned for the audience and gets echoed. */
  settings(audienceId: number): Readonly<Record<string, string>>;
  /** Messages that were given up, the newest 10,000: a receiver that did not answer may have taken them all the same. */
  lost: readonly Message[];
  /** Where acknowledgements broke the protocol, in words, each once. */
  complaints: readonly string[];
  mpids: readonly string[];
}

const RETRIED: readonly (number | null)[] = [null, 408, 429, 500, 502, 503, 504];
/** Number and pauses of the tries are inferred; which statuses are tried again is documented. */
const RETRY_RULES = { tries: 5, firstPauseMs: 1_000, again: (status: number | null) => RETRIED.includes(status) };
/** Documented as success: 200 and 202, no other. */
const accepted = ({ status }: Delivery) => status === 200 || status === 202;
const DEFAULT_TIMEOUT_MS = 10_000;

/** A source; it sends nothing by itself. */
export function mparticleSource(options: MparticleOptions): MparticleSource {
  const { account, random, now } = options;
  const rules: RetryRules = { ...RETRY_RULES, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS };
  const mpids = options.mpids ?? drawMpids(1_000, random);
  const subscribed = new Map<number, { name: string; settings: Record<string, string> }>();
  const truth = membershipTruth();
  const lost: Message[] = [];
  const complaints: string[] = [];
  let registration: Registration | undefined;
  let state: "sending" | "faulted" | "suspended" = "sending";
  let lastMs = 0;

  /** Times rise by at least a millisecond from message to message, so that newest is never a matter of arrival. */
  const message = (type: string, fields: object): Message => {
    lastMs = Math.max(now(), lastMs + 1);
    return { type, id: drawGuid(random), timestamp_ms: lastMs, firehose_version: FIREHOSE_VERSION, ...fields };
  };
  /** Each wording once: a receiver that is wrong is so in every answer. */
  const complain = (words: string[]) => {
    for (const each of words) if (!complaints.includes(each)) complaints.push(each);
  };
  const accountFields = () => {
    if (registration === undefined) throw new Error("mParticle knows no registration yet");
    const declared = registration.accountSettings;
    const settings = Object.entries(account.settings).filter(([name]) => declared.includes(name));
    return { account: { account_id: account.id, account_settings: Object.fromEntries(settings) } };
  };
  const post = (body: Message, headers: Record<string, string>) =>
    deliver(options, rules, options.url, headers, JSON.stringify(body));

  const send = async (sent: Message): Promise<Delivery | null> => {
    if (state !== "sending") return null;
    const delivery = await post(sent, { Authorization: `Token ${options.token}` });
    if (accepted(delivery)) {
      complain(complaintsAbout(sent, delivery.body));
      truth.acknowledge(sent);
      if (asksToStop(delivery.body)) state = "suspended";
    } else {
      keepLost(lost, sent);
      state = "faulted";
    }
    return delivery;
  };

  const subscription = async (id: number, action: "add" | "update" | "remove") => {
    const name = options.audiences.find((audience) => audience.id === id)?.name ?? `Audience ${id}`;
    const settings = subscribed.get(id)?.settings ?? {};
    const sent = message("audience_subscription_request", {
      ...accountFields(),
      audience_id: id,
      audience_name: name,
      ...(Object.keys(settings).length === 0 ? {} : { audience_subscription_settings: settings }),
      action,
    });
    const delivery = await send(sent);
    if (delivery === null || !accepted(delivery)) return delivery;
    if (action === "remove") {
      subscribed.delete(id);
      truth.forget(id, sent.timestamp_ms);
    } else {
      subscribed.set(id, { name, settings: registration?.echoed(delivery.body) ?? {} });
    }
    return delivery;
  };

  const draw = (profiles: number) => {
    const audiences = [...subscribed].map(([id, { name, settings }]) => ({
      audience_id: id,
      audience_name: name,
      ...(Object.keys(settings).length === 0 ? {} : { audience_subscription_settings: settings }),
    }));
    const people = Array.from({ length: profiles }, () => mpids[between(0, mpids.length - 1, random)] ?? "0");
    return message("audience_membership_change_request", {
      ...accountFields(),
      user_profiles: people.map((mpid) => drawProfile(mpid, audiences, random)),
      // A field of a later version: receivers must not mind.
      source_pod: "us1",
    });
  };

  return {
    state: () => state,
    resume: () => void (state = "sending"),
    async register() {
      const asked = message("module_registration_request", {});
      const delivery = await post(asked, {});
      if (accepted(delivery)) {
        complain(complaintsAbout(asked, delivery.body));
        registration = readRegistration(delivery.body);
      }
      return delivery;
    },
    subscribe: (id, action = "add") => subscription(id, action),
    unsubscribe: (id) => subscription(id, "remove"),
    heartbeat: () => send(message("audience_membership_change_request", accountFields())),
    draw,
    send,
    async burst({ messages, profiles: [least, most], duplicates = 0.1, parallel = 6 }) {
      const drawn = Array.from({ length: messages }, () => draw(between(least, most, random)));
      const again = drawn.filter(() => random() < duplicates);
      await inParallel(shuffled([...drawn, ...again], random), parallel, send);
    },
    members: (id) => truth.members(id),
    settings: (id) => subscribed.get(id)?.settings ?? {},
    lost,
    complaints,
    mpids,
  };
}
