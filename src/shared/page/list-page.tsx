// The frame of a page that is a list: its filters live in the address, and so do the page of it and the link to all as a file.
import type { Child } from "hono/jsx";
import { Field } from "./form.tsx";
import type { Text } from "./language.ts";
import { Card, Empty, Head } from "./parts.tsx";
import { Pager } from "./table.tsx";
import type { View } from "./view.ts";

const FILTER: Text = { en: "Filter", pt: "Filtrar" };

/** A filter, named as in the address. With `any`, the word for no choice, it is one of `options`. */
export interface Filter {
  name: string;
  label: string;
  type?: "search" | "number" | "date";
  options?: readonly { value: string; label: string }[];
  any?: string;
  /** What is filtered by, where that may differ from the address. */
  value?: string;
  placeholder?: string;
  more?: Readonly<Record<string, string>>;
}

/** The filters of a list; `to` where they lead, if not here. `children` stand behind the button. */
export function Filters(props: { v: View; filters: readonly Filter[]; to?: string; children?: Child }) {
  const { v, filters, to, children } = props;
  return (
    <form class="filters" method="get" action={to}>
      {filters.map(({ any, options = [], ...field }) => (
        <Field
          type={any === undefined ? "text" : "select"}
          value={v.url.searchParams.get(field.name) ?? ""}
          {...field}
          v={v}
          options={[{ value: "", label: any ?? "" }, ...options]}
        />
      ))}
      <button>{v.t(FILTER)}</button>
      {children}
    </form>
  );
}

/** The same rows as a file: what of the query has a value goes along. */
export function CsvLink({ path, query = {} }: { path: string; query?: Readonly<Record<string, string | undefined>> }) {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === "" || name === "cursor" ? [] : [[name, value]],
  );
  const search = new URLSearchParams(given).toString();
  return (
    <a class="button icon" href={search === "" ? path : `${path}?${search}`}>
      CSV
    </a>
  );
}

/** What stands in an empty list: that nothing matches or, where nothing was asked for, how to begin. */
export function EmptyList(props: {
  v: View;
  none: string;
  first: { says: string; label: string; href: string | null; primary?: boolean };
}) {
  const { v, none, first } = props;
  if (v.url.searchParams.size > 0) return <Empty says={none} />;
  return (
    <Empty says={first.says}>
      {first.href !== null && (
        <a class={first.primary === true ? "button primary" : "button"} href={first.href}>
          {first.label}
        </a>
      )}
    </Empty>
  );
}

/** A page that is one list. `list` titles its card, where the file's link stands then; `children` are its rows. */
export function ListPage(props: {
  v: View;
  title: string;
  trail?: readonly { label: string; href: string }[];
  says: string;
  list?: string;
  /** Buttons of the head, beside a titled card. */
  actions?: Child;
  csv: Child;
  filters: readonly Filter[];
  next: string | null;
  children?: Child;
}) {
  const { v, title, trail = [], says, actions, list, csv, filters, next, children } = props;
  return (
    <>
      <Head title={title} trail={trail} says={says}>
        {list === undefined ? csv : actions}
      </Head>
      <Card title={list} plain aside={csv}>
        <Filters v={v} filters={filters} />
        {children}
        <Pager v={v} next={next} />
      </Card>
    </>
  );
}
