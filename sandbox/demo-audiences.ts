// The demo company's mParticle: it registers, subscribes its audiences, then talks on, one step at a time.
// A receiver that is away or does not know the door yet is simply asked again later.
import { demoAudiences, demoSplit } from "./demo.ts";
import type { Outlet } from "./deliver.ts";
import { drawMpids } from "./mparticle/messages.ts";
import { mparticleSource } from "./mparticle/source.ts";
import { between, seeded } from "./seeded.ts";

/** Where the demo's sources post, with which key, by which time and chance. */
export interface DemoOutlet extends Outlet {
  /** The Worker's address, no trailing slash. */
  origin: string;
  /** A key that may hand in audiences and visitors. */
  key: string;
  now: () => number;
  random: () => number;
}

/** The same people at each start. */
const PEOPLE = 400;
const PEOPLE_SEED = 4_101;
const MOST_PROFILES = 12;
const HEARTBEAT_SHARE = 0.05;
/** Returns what does the next step and answers whether it was taken; it never throws. */
export function audienceSteps(outlet: DemoOutlet): () => Promise<boolean> {
  const source = mparticleSource({
    ...outlet,
    url: `${outlet.origin}/mparticle`,
    token: outlet.key,
    account: { id: 22_100, settings: demoSplit },
    audiences: demoAudiences,
    mpids: drawMpids(PEOPLE, seeded(PEOPLE_SEED)),
  });
  const unsubscribed = [...demoAudiences];
  let registered = false;

  const talk = () => {
    if (outlet.random() < HEARTBEAT_SHARE) return source.heartbeat();
    return source.send(source.draw(between(1, MOST_PROFILES, outlet.random)));
  };

  return async () => {
    // The demo's people are attentive: who finds the connection stopped clicks Resume at the next step.
    source.resume();
    if (!registered) {
      registered = (await source.register()).taken;
      return registered;
    }
    const [next] = unsubscribed;
    const delivery = next === undefined ? await talk() : await source.subscribe(next.id);
    const taken = delivery?.taken === true;
    if (taken && next !== undefined) unsubscribed.shift();
    return taken;
  };
}
