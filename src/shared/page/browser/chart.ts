// Draws the charts of a page with uPlot, from the table that stands below each; the table stays, closed.
import uPlot from "uplot";

const HEIGHT = 240;
/** Pixels of a digit in the axis' font, and what lies beside the digits. */
const DIGIT = 7;
const AXIS_EDGE = 18;
/** Pixels between the marks of the time axis: a day and month of either language with air beside them. */
const MARK_SPACE = 76;
const FONT = "12px Inter, system-ui, sans-serif";
const LABEL_SIZE = 20;
const COLOURS = ["--accent", "--ok", "--warn", "--bad"];

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

interface Drawn {
  names: string[];
  data: (number | null)[][];
  /** Each value as the table writes it, by line. */
  written: string[][];
}

function read(table: HTMLTableElement): Drawn {
  const names = [...table.querySelectorAll("thead th")].slice(1).map((cell) => cell.textContent ?? "");
  const rows = [...table.querySelectorAll("tbody tr")];
  const at = rows.map((row) => Date.parse(row.querySelector("time")?.dateTime ?? "") / 1_000);
  const columns = names.map((_, i) =>
    rows.map((row) => {
      const value = row.children[i + 1]?.querySelector("data")?.value;
      return value === undefined || value === "" ? null : Number(value);
    }),
  );
  const written = names.map((_, i) => rows.map((row) => row.children[i + 1]?.textContent ?? ""));
  return { names, data: [at, ...columns], written };
}

/** Canvas knows no `oklch()` from `light-dark()`: the browser resolves it on an element first. */
function resolved(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = colour(name);
  document.body.append(probe);
  const text = getComputedStyle(probe).color;
  probe.remove();
  return text;
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
/** How far apart the marks of the time axis may stand. */
const STEPS_SECONDS = [
  ...[1, 3, 6, 12].map((hours) => hours * HOUR_SECONDS),
  ...[1, 2, 7, 14, 30, 90, 365].map((days) => days * DAY_SECONDS),
];
const locale = () => (document.documentElement.lang === "pt-BR" ? "pt-BR" : "en-GB");

/** Instants in seconds as the rest of the page writes them; steps of a day or more need no hours. */
function instants(seconds: readonly number[], step: number): string[] {
  const day = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short" });
  const hour = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return seconds.map((second) => (step >= DAY_SECONDS ? day : hour).format(new Date(second * 1_000)));
}

const HEADROOM = 1.05;
const fromZero = (_: uPlot, min: number, max: number): [number, number] => [
  Math.min(0, min),
  max > 0 ? max * HEADROOM : 1,
];

function draw(figure: HTMLElement): void {
  const place = figure.querySelector<HTMLElement>("[data-plot]");
  const table = figure.querySelector("table");
  const details = figure.querySelector("details");
  if (place === null || table === null || details === null) return;
  const { names, data, written } = read(table);
  const scales = (figure.dataset["scales"] ?? "").split(" ");
  const [left = "y", right] = [...new Set(scales)];
  if ((data[0]?.length ?? 0) < 2) return;
  if (place.hidden) details.open = false;
  place.hidden = false;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  place.replaceChildren();
  const step = (data[0]?.[1] ?? 0) - (data[0]?.[0] ?? 0);
  const axis = {
    stroke: resolved("--muted"),
    grid: { stroke: resolved("--line"), width: 1 },
    ticks: { stroke: resolved("--line"), width: 1 },
    font: FONT,
  };
  const side = {
    ...axis,
    // As wide as its longest number, or that would be cut.
    size: (_: uPlot, ticks: string[] | null) =>
      AXIS_EDGE + DIGIT * Math.max(3, ...(ticks ?? []).map((tick) => tick.length)),
    values: (_: uPlot, ticks: number[]) => ticks.map((tick) => number.format(tick)),
    labelSize: LABEL_SIZE,
    labelFont: FONT,
  };
  /** Of two axes each says whose numbers it bears. */
  const named = (scale: string) => {
    const label = names.filter((_, i) => (scales[i] || "y") === scale).join(", ");
    return { ...side, scale, ...(right === undefined ? {} : { label }) };
  };
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      series: [
        {
          label: table.querySelector("thead th")?.textContent ?? "",
          value: (_: uPlot, second: number | null) => (second === null ? "–" : (instants([second], step)[0] ?? "")),
        },
        ...names.map((label, i) => ({
          label,
          stroke: resolved(COLOURS[i % COLOURS.length] ?? "--accent"),
          width: 1.5,
          scale: scales[i] || "y",
          points: { show: false },
          value: (_: uPlot, __: number | null, ___: number, at: number | null) =>
            at === null ? "–" : written[i]?.[at] || "–",
        })),
      ],
      // Counts and money begin at nothing: a scale that begins at the smallest value shows weather as a storm.
      scales: Object.fromEntries([...new Set(scales)].map((name) => [name || "y", { range: fromZero }])),
      axes: [
        {
          ...axis,
          space: MARK_SPACE,
          incrs: STEPS_SECONDS.filter((size) => size >= step),
          values: (_: uPlot, ticks: number[], __: number, ___: number, by: number) => instants(ticks, by),
        },
        named(left || "y"),
        ...(right === undefined ? [] : [{ ...named(right), side: 1, grid: { show: false } }]),
      ],
      cursor: { points: { size: 6 } },
    },
    data as uPlot.AlignedData,
    place,
  );
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", figure.querySelector("figcaption")?.textContent ?? "");
  const observer = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT }));
  observer.observe(place);
  // Canvas keeps the colours that it was drawn in.
  const again = () => {
    observer.disconnect();
    plot.destroy();
    draw(figure);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again, { once: true });
}

/** Draws every chart of the page. */
export function drawCharts(): void {
  for (const figure of document.querySelectorAll<HTMLElement>("[data-chart]")) draw(figure);
}
