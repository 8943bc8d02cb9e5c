// The door that makes a one-time sign-in link: for `npm start`, and for an operator who has only the admin token at hand.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { isoTime } from "../../../src/shared/clock.ts";
import { json } from "../../../src/shared/http/answers.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { changeOf } from "../change.ts";
import { newSignInLink } from "./service.ts";

const link = z
  .object({ url: z.string().openapi({ description: "Signs in once." }), expiresAt: z.string() })
  .openapi("SignInLink");

/** `/api/sign-in-links`. */
export const signInRoutes = newRoutes();

signInRoutes.openapi(
  createRoute({
    // It opens a session with all that its maker may do: only who may do everything needs no narrower word for it.
    ...keyed("*"),
    tags: ["keys"],
    method: "post",
    path: "/api/sign-in-links",
    summary: "Makes a link that signs its maker in at the console: once, within 15 minutes",
    responses: { 201: json(link, "Made.") },
  }),
  async (c) => {
    const { token, expiresAt } = await newSignInLink(changeOf(c));
    c.header("Cache-Control", "no-store");
    const url = `${new URL(c.req.url).origin}/console/sign-in?link=${token}`;
    return c.json({ url, expiresAt: isoTime(expiresAt) }, 201);
  },
);
