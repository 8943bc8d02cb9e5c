// A list whose order matters. The buttons ask for the page again with the new order; scripts move the line in place.
import type { Child } from "hono/jsx";
import { CSRF_FIELD } from "./form.tsx";
import type { Text } from "./language.ts";
import type { View } from "./view.ts";

/** A line of the list; `cells` stand between its title and its buttons, at most three. */
export interface OrderItem {
  id: string;
  /** For the buttons' names. */
  name: string;
  title: Child;
  cells?: readonly Child[];
}

const T = {
  up: (name: string): Text => ({ en: `Move ${name} up`, pt: `Subir ${name}` }),
  down: (name: string): Text => ({ en: `Move ${name} down`, pt: `Descer ${name}` }),
  save: { en: "Save order", pt: "Salvar ordem" },
};

/**
 * The order that a page shall show: the one in its URL (`order`, and `move` as `<id> up` or `<id> down`), if that has exactly
 * these ids, else theirs. Pure.
 */
export function orderIn(query: URLSearchParams, ids: readonly string[]): string[] {
  const asked = query.getAll("order");
  const same = asked.length === ids.length && ids.every((id) => asked.includes(id));
  const order = same ? asked : [...ids];
  const [, id, direction] = /^(.+) (up|down)$/.exec(query.get("move") ?? "") ?? [];
  const from = id === undefined ? -1 : order.indexOf(id);
  const to = direction === "up" ? from - 1 : from + 1;
  if (from === -1 || to < 0 || to >= order.length) return order;
  [order[from], order[to]] = [order[to]!, order[from]!];
  return order;
}

/**
 * The list, and the form that posts its order to `to` as one field `order` of ids with commas between. `heads` names the
 * cells; `children` are further fields of that form.
 */
export function Order(props: {
  v: View;
  to: string;
  items: readonly OrderItem[];
  heads?: readonly string[];
  /** Stands below the lines, in the form that asks for the page again with what it says besides the order. */
  more?: Child;
  children?: Child;
}) {
  const { v, to, items, heads = [], more, children } = props;
  return (
    <div data-order>
      <form method="get">
        <ol class="order">
          {heads.length > 0 && (
            <li class="names">
              {heads.map((head, i) => (
                <span class={i === 0 ? undefined : i === 1 ? "num" : "num opt"}>{head}</span>
              ))}
              <span></span>
            </li>
          )}
          {items.map(({ id, name, title, cells = [] }, i) => (
            <li>
              <div>
                <input type="hidden" name="order" value={id} />
                {title}
              </div>
              {cells.map((cell, n) => (
                <span class={n === 0 ? "num" : "num opt"}>{cell}</span>
              ))}
              <span class="move">
                <button
                  class="icon ghost"
                  name="move"
                  value={`${id} up`}
                  aria-label={v.t(T.up(name))}
                  disabled={i === 0}
                >
                  ↑
                </button>
                <button
                  class="icon ghost"
                  name="move"
                  value={`${id} down`}
                  aria-label={v.t(T.down(name))}
                  disabled={i === items.length - 1}
                >
                  ↓
                </button>
              </span>
            </li>
          ))}
        </ol>
        {more}
      </form>
      <form method="post" action={to} class="row order-save">
        <input type="hidden" name={CSRF_FIELD} value={v.csrf} />
        <input type="hidden" name="order" value={items.map(({ id }) => id).join(",")} data-order-value />
        {children}
        <button class="primary">{v.t(T.save)}</button>
      </form>
    </div>
  );
}
