// How many members Split lets a segment have, and from when on somebody should know. Pure.

/** Members of one segment (upstreams/split). */
export const MAX_MEMBERS = 100_000;

/** From here on the operator is told: 95 %. */
export const NEARLY_FULL_MEMBERS = 95_000;
