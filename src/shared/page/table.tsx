// Tables: scroll inside their card as a focusable, named group; numbers stand right, long texts wrap.
import type { Child } from "hono/jsx";
import type { Text } from "./language.ts";
import type { View } from "./view.ts";

/** A column; its heading is in the reader's language already. */
export interface ColumnHead {
  name: string;
  /** `num` stands right, `wrap` may break, `actions` holds buttons. */
  kind?: "num" | "wrap" | "actions";
}

/** Rows of cells under their headings. `label` names the group; `empty` stands there when there is no row. */
export function Table(props: {
  label: string;
  columns: readonly (ColumnHead | string)[];
  rows: readonly (readonly Child[])[];
  empty?: Child;
}) {
  const { label, rows, empty } = props;
  const columns = props.columns.map((column): ColumnHead => (typeof column === "string" ? { name: column } : column));
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  return (
    <div class="scroll" tabindex={0} role="group" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, kind }) => (
              <th scope="col" class={kind}>
                {kind === "actions" ? <span class="unseen">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr>
              {cells.map((cell, i) => (
                <td class={columns[i]?.kind}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const OLDER: Text = { en: "Older", pt: "Mais antigos" };
const NEWEST: Text = { en: "Newest", pt: "Mais recentes" };

/** The way to the next page of a list; filters stay, since they are in the URL. */
export function Pager({ v, next }: { v: View; next: string | null }) {
  const { url } = v;
  const to = (cursor: string | null) => {
    const query = new URLSearchParams(url.searchParams);
    if (cursor === null) query.delete("cursor");
    else query.set("cursor", cursor);
    return `${url.pathname}${query.size === 0 ? "" : `?${query.toString()}`}`;
  };
  const later = url.searchParams.has("cursor");
  if (!later && next === null) return null;
  return (
    <nav class="row pager" aria-label={v.t(OLDER)}>
      {later && (
        <a class="button" href={to(null)}>
          {v.t(NEWEST)}
        </a>
      )}
      {next !== null && (
        <a class="button" href={to(next)} rel="next">
          {v.t(OLDER)}
        </a>
      )}
    </nav>
  );
}
