// What every Durable Object of the house is: one that answers several questions in one call, so that a page which wants two
// things of it pays one trip. Each is answered for itself; a question that fails fails alone.
import { DurableObject } from "cloudflare:workers";
import type { Answer, Question } from "./questions.ts";

/** The base of the objects. A page asks `many` by itself (`page/reading.ts`); nobody else has to. */
export abstract class AskedObject extends DurableObject<Env> {
  /** Answers questions that were asked in the same turn, in their order. */
  async many(questions: readonly Question[]): Promise<Answer[]> {
    return await Promise.all(questions.map((question) => this.#answer(question)));
  }

  async #answer([method, args]: Question): Promise<Answer> {
    try {
      const door = (this as unknown as Record<string, (...args: unknown[]) => unknown>)[method];
      if (typeof door !== "function") throw new Error(`there is no ${method}`);
      return { value: await door.apply(this, [...args]) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
}
