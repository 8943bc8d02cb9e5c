// The choice of how far back a chart looks: links, so that it lives in the address and works without scripts.
import type { Range } from "../series/ranges.ts";
import type { Text } from "./language.ts";
import type { View } from "./view.ts";

const LABEL: Text = { en: "Range", pt: "Período" };
const WORDS: Readonly<Record<Range, Text>> = {
  day: { en: "24 h", pt: "24 h" },
  week: { en: "7 days", pt: "7 dias" },
  month: { en: "30 days", pt: "30 dias" },
};

/** The ranges as links; the address's other words stay. */
export function Ranges({ v, chosen }: { v: View; chosen: Range }) {
  const to = (range: Range) => {
    const query = new URLSearchParams(v.url.searchParams);
    if (range === "day") query.delete("range");
    else query.set("range", range);
    return `${v.url.pathname}${query.size === 0 ? "" : `?${query.toString()}`}`;
  };
  return (
    <nav class="row" aria-label={v.t(LABEL)}>
      {(["day", "week", "month"] as const).map((range) => (
        <a class="button icon" href={to(range)} aria-current={range === chosen ? "true" : undefined}>
          {v.t(WORDS[range])}
        </a>
      ))}
    </nav>
  );
}
