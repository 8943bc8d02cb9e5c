// The bindings as a page reads through them: D1 is asked once for what the page and all systems want of it, and so is each
// object. Objects are waited for before D1 is asked, since what they tell often has a name there, and D1 is farther.
// For pages that are shown, never for who writes.
import { shareConfig } from "../config.ts";
import { gathered } from "../db/gather.ts";
import type { ManyDoor, Question } from "../durable/questions.ts";

/** D1 waits no longer for objects; what they tell later costs another trip. */
const OBJECTS_WITHIN_MS = 500;

const isNamespace = (value: unknown): value is DurableObjectNamespace =>
  typeof value === "object" && value !== null && "idFromName" in value;

/** From an answer to the next question lie some twenty promises, Drizzle's own among them; a timer would take over 1 ms. */
const HOPS = 100;

/** Resolves when whoever could go on has gone on. */
async function turnIsOver(): Promise<void> {
  for (let hop = 0; hop < HOPS; hop++) await Promise.resolve();
}

/** For minutes after a deploy an object may be of the version before. */
const NOT_YET = /does not implement/;

interface Asked {
  question: Question;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Asks an object what was asked of it in one turn, in one call. */
async function askTogether(stub: object, turn: readonly Asked[]): Promise<void> {
  const [first] = turn;
  try {
    if (turn.length === 1 && first !== undefined) {
      const [method, args] = first.question;
      const door = (stub as Record<string, () => unknown>)[method];
      // Not `door.apply`: of a method of an object that would be a method of its answer.
      return first.resolve(door && (await Reflect.apply(door, stub, args)));
    }
    const answers = await (stub as ManyDoor).many(turn.map(({ question }) => question)).catch((error: unknown) => {
      if (NOT_YET.test(String(error))) return null;
      throw error;
    });
    if (answers === null) return void (await Promise.all(turn.map((one) => askTogether(stub, [one]))));
    for (const [n, { resolve, reject }] of turn.entries()) {
      const answer = answers[n] ?? { error: "no answer" };
      if ("error" in answer) reject(new Error(answer.error));
      else resolve(answer.value);
    }
  } catch (error) {
    for (const { reject } of turn) reject(error);
  }
}

/** What a page asks of objects: each once for each thing, and what is asked in one turn in one call. */
class ObjectCalls {
  readonly #answers = new Map<string, Promise<unknown>>();
  readonly #turns = new Map<string, Asked[]>();
  readonly #underWay = new Set<Promise<unknown>>();

  #ask(object: string, stub: () => object, question: Question): Promise<unknown> {
    const key = JSON.stringify([object, question]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const { promise, ...settle } = Promise.withResolvers<unknown>();
    const settled: Promise<unknown> = promise.then(
      () => this.#underWay.delete(settled),
      () => this.#underWay.delete(settled),
    );
    this.#underWay.add(settled);
    this.#answers.set(key, promise);
    const turn = this.#turns.get(object);
    if (turn !== undefined) turn.push({ question, ...settle });
    else {
      this.#turns.set(object, [{ question, ...settle }]);
      void turnIsOver().then(() => {
        const asked = this.#turns.get(object) ?? [];
        this.#turns.delete(object);
        return askTogether(stub(), asked);
      });
    }
    return promise;
  }

  over(namespace: DurableObjectNamespace, binding: string): DurableObjectNamespace {
    const door = (name: string) =>
      new Proxy(
        {},
        {
          // An awaited value is looked at for its `then`; no object has such a door.
          get: (_, method) =>
            typeof method !== "string" || method === "then"
              ? undefined
              : (...args: unknown[]) =>
                  this.#ask(`${binding} ${name}`, () => namespace.getByName(name), [method, args]),
        },
      );
    return new Proxy(namespace, {
      get: (target, member) => {
        if (member === "getByName") return door;
        const other: unknown = Reflect.get(target, member, target);
        return typeof other === "function" ? (other.bind(target) as unknown) : other;
      },
    });
  }

  /** Resolves when no call is under way and whoever got an answer has gone on, or when that takes too long. */
  quiet = async (): Promise<void> => {
    let late = false;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      late = true;
      resolve();
    }, OBJECTS_WITHIN_MS);
    do {
      await turnIsOver();
      await Promise.race([over, Promise.all(this.#underWay)]);
      await turnIsOver();
    } while (this.#underWay.size > 0 && !late);
    clearTimeout(timer);
  };
}

/** The bindings for one page. */
export function readingEnv(env: Env): Env {
  const calls = new ObjectCalls();
  const objects = Object.entries(env).flatMap(([name, value]: [string, unknown]) =>
    isNamespace(value) ? [[name, calls.over(value, name)] as const] : [],
  );
  const reading: Env = { ...env, ...Object.fromEntries(objects), DB: gathered(env.DB, calls.quiet) };
  shareConfig(env, reading);
  return reading;
}
