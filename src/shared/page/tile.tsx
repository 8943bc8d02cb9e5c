// A system on the overview: whether it flows, its one number, and the last day as a line drawn by the server.
import type { TileData } from "./overview.ts";
import { State } from "./parts.tsx";

const WIDTH = 100;
const HEIGHT = 34;
/** Room for the line's own width at top and bottom. */
const EDGE = 2;

/** The points of a spark as `x,y` pairs of an SVG path; null of fewer than two points. Pure. */
export function sparkPoints(points: readonly number[]): string | null {
  if (points.length < 2) return null;
  const top = Math.max(...points);
  const bottom = Math.min(0, ...points);
  const span = top - bottom || 1;
  return points
    .map((value, i) => {
      const x = (i / (points.length - 1)) * WIDTH;
      const y = HEIGHT - EDGE - ((value - bottom) / span) * (HEIGHT - 2 * EDGE);
      return `${Number(x.toFixed(1))},${Number(y.toFixed(1))}`;
    })
    .join(" ");
}

/** A line without axes, and what a screen reader says of it. */
export function Spark({ points, label }: { points: readonly number[]; label: string }) {
  const line = sparkPoints(points);
  if (line === null) return null;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="area" d={`M${line}V${HEIGHT}H0z`} />
      <path class="line" d={`M${line}`} />
    </svg>
  );
}

/** The tile; the whole of it leads to the system's page. */
export function Tile({ name, href, tile }: { name: string; href: string; tile: TileData }) {
  return (
    <a class="card tile" href={href}>
      <span class="name">
        {name} <State tone={tile.state.tone}>{tile.state.word}</State>
      </span>
      <span class="big">{tile.value}</span>
      <small>{tile.unit}</small>
      {tile.spark !== undefined && <Spark points={tile.spark.points} label={tile.spark.label} />}
      {tile.foot !== undefined && <small>{tile.foot}</small>}
    </a>
  );
}
