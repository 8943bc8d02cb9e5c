// A chart where people study: its data is a table that everybody can read; scripts draw it with uPlot above the table.
import type { Text } from "./language.ts";
import { Table } from "./table.tsx";
import { Time } from "./time.tsx";
import type { View } from "./view.ts";

const AS_TABLE: Text = { en: "As a table", pt: "Em tabela" };
const WHEN: Text = { en: "When", pt: "Quando" };

/** A line of the chart: one value for each instant, null where nothing is known. */
export interface Series {
  name: string;
  values: readonly (number | null)[];
  /** How a value is written in the table and the legend; default: as a number. */
  written?: (value: number) => string;
  /** Lines of one name share their scale; the first two have an axis, left and right. */
  scale?: string;
}

/** Series over instants (milliseconds, ascending). `label` says what is seen. */
export function Chart(props: {
  v: View;
  label: string;
  at: readonly number[];
  style?: "time" | "date";
  series: readonly Series[];
}) {
  const { v, label, at, style = "date", series } = props;
  const rows = at.map((ms, i) => [
    <Time v={v} at={ms} style={style} />,
    ...series.map(({ values, written = v.number }) => {
      const value = values[i] ?? null;
      return value === null ? "" : <data value={String(value)}>{written(value)}</data>;
    }),
  ]);
  const columns = [v.t(WHEN), ...series.map(({ name }) => ({ name, kind: "num" as const }))];
  return (
    <figure class="chart" data-chart data-scales={series.map(({ scale = "y" }) => scale).join(" ")}>
      <figcaption class="unseen">{label}</figcaption>
      <div data-plot hidden></div>
      <details open>
        <summary>{v.t(AS_TABLE)}</summary>
        <Table label={label} columns={columns} rows={rows} />
      </details>
    </figure>
  );
}
