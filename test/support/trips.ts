// Bindings that count how often they are asked: every trip to D1, every call to every object.

/** What was asked since the beginning. */
export interface Trips {
  /** One entry a trip, with the beginnings of its statements. */
  d1: string[][];
  /** Calls by object (`METRICS metrics`): the methods called. */
  objects: Map<string, string[]>;
  /** Statements that read, whole, by their text. */
  statements: Map<string, D1PreparedStatement>;
}

const SHOWN = 200;
const ASKING = new Set(["first", "all", "raw", "run"]);

interface Known {
  sql: string;
  inner: D1PreparedStatement;
}

class CountedD1 {
  readonly #trips: Trips;
  readonly #known = new WeakMap<object, Known>();

  constructor(trips: Trips) {
    this.#trips = trips;
  }

  #statement(inner: D1PreparedStatement, sql: string): D1PreparedStatement {
    const proxy: D1PreparedStatement = new Proxy(inner, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          if (ASKING.has(String(name))) this.#note([{ sql, inner }]);
          const answer: unknown = Reflect.apply(member, target, args);
          return name === "bind" ? this.#statement(answer as D1PreparedStatement, sql) : answer;
        };
      },
    });
    this.#known.set(proxy, { sql, inner });
    return proxy;
  }

  #note(statements: readonly Known[]): void {
    this.#trips.d1.push(statements.map(({ sql }) => sql.replaceAll(/\s+/g, " ").slice(0, SHOWN)));
    for (const { sql, inner } of statements) if (/^\s*(select|with)/i.test(sql)) this.#trips.statements.set(sql, inner);
  }

  over<T extends D1Database | D1DatabaseSession>(db: T): T {
    return new Proxy(db, {
      get: (target, name) => {
        if (name === "prepare") return (sql: string) => this.#statement(target.prepare(sql), sql);
        if (name === "withSession") return (start?: string) => this.over((target as D1Database).withSession(start));
        if (name === "batch")
          return (statements: D1PreparedStatement[]) => {
            const known = statements.map((one) => this.#known.get(one) ?? { sql: "?", inner: one });
            this.#note(known);
            return target.batch(known.map(({ inner }) => inner));
          };
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
  }
}

function countedObject<T extends object>(stub: T, object: string, trips: Trips): T {
  return new Proxy(stub, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        trips.objects.set(object, [...(trips.objects.get(object) ?? []), String(name)]);
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}

function countedNamespace(namespace: DurableObjectNamespace, binding: string, trips: Trips) {
  return new Proxy(namespace, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const made = Reflect.apply(member, target, args) as object;
        const isStub = name === "get" || name === "getByName";
        return isStub ? countedObject(made, `${binding} ${String(args[0])}`, trips) : made;
      };
    },
  });
}

/** The bindings, and what is asked of them from now on. */
export function countedBindings(env: Env): { bindings: Env; trips: Trips } {
  const trips: Trips = { d1: [], objects: new Map(), statements: new Map() };
  const counted = (name: string, value: unknown): unknown => {
    if (name === "DB") return new CountedD1(trips).over(value as D1Database);
    const isNamespace = typeof value === "object" && value !== null && "idFromName" in value;
    return isNamespace ? countedNamespace(value as DurableObjectNamespace, name, trips) : value;
  };
  const entries = Object.entries(env).map(([name, value]: [string, unknown]) => [name, counted(name, value)]);
  return { bindings: Object.fromEntries(entries) as Env, trips };
}

/** Statements, of those not tried yet, whose answers by the names of their columns would not be what they are as arrays. */
export async function sameColumns({ statements }: Trips, tried: Set<string>): Promise<string[]> {
  const found: string[] = [];
  for (const [sql, statement] of statements) {
    if (tried.has(sql)) continue;
    tried.add(sql);
    const [columns = []] = (await statement.raw({ columnNames: true })) as unknown as string[][];
    const ordered = Object.keys(Object.fromEntries(columns.map((name) => [name, 0])));
    if (ordered.join("\n") !== columns.join("\n")) found.push(`${sql.slice(0, SHOWN)}: ${columns.join(", ")}`);
  }
  return found;
}
