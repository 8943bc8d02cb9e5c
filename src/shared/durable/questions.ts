// Several questions to one object as they travel in one call.

/** A method of the object's door, with what it is given. */
export type Question = readonly [method: string, args: readonly unknown[]];

/** What it said, or why it could not. */
export type Answer = { value: unknown } | { error: string };

/** The door that every object has. */
export interface ManyDoor {
  many(questions: readonly Question[]): Promise<Answer[]>;
}
