// The position in a list that is ordered by one text.
import { z } from "@hono/zod-openapi";

export const cursorText = z.string();
