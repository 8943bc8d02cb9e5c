// The doors of webhooks. A secret is answered once, when it is made.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { body, json } from "../../../src/shared/http/answers.ts";
import type { Column } from "../../../src/shared/http/csv.ts";
import { addList } from "../../../src/shared/http/list.ts";
import { changeOf, envOf } from "../change.ts";
import {
  deliveryFilter,
  deliveryItem,
  idParam,
  newWebhookItem,
  rotatedSecret,
  wantedWebhook,
  webhookChange,
  webhookItem,
} from "./schema.ts";
import type { WebhookItem } from "./schema.ts";
import {
  alterWebhook,
  deliveriesPage,
  dropWebhook,
  makeWebhook,
  oneWebhook,
  replayDelivery,
  rotateWebhook,
  webhooksPage,
} from "./service.ts";

const read = { ...keyed("webhooks:read"), tags: ["webhooks"] };
const write = { ...keyed("webhooks:write"), tags: ["webhooks"] };
const params = idParam;

const webhookColumns: readonly Column<WebhookItem>[] = webhookItem
  .keyof()
  .options.map((name) => (name === "events" ? { name, value: (item: WebhookItem) => item.events.join(" ") } : name));

/** `/api/webhooks` and below. */
export const webhookRoutes = newRoutes();

webhookRoutes.openapi(
  createRoute({
    ...write,
    method: "post",
    path: "/api/webhooks",
    summary: "Adds a webhook and shows its secret once",
    request: { body: body(wantedWebhook) },
    responses: { 201: json(newWebhookItem, "Added.") },
  }),
  async (c) => {
    const made = await makeWebhook(changeOf(c), c.req.valid("json"));
    c.header("Cache-Control", "no-store");
    return c.json(made, 201);
  },
);

addList(webhookRoutes, envOf, {
  ...read,
  path: "/api/webhooks",
  summary: "Lists the webhooks, newest first",
  item: webhookItem,
  answer: "A page of webhooks.",
  columns: webhookColumns,
  page: (env, _, limit, cursor) => webhooksPage(env, limit, cursor),
});

addList(webhookRoutes, envOf, {
  ...read,
  path: "/api/webhooks/{id}/deliveries",
  summary: "Lists the deliveries of a webhook, newest first",
  params,
  filter: deliveryFilter,
  item: deliveryItem,
  answer: "A page of deliveries.",
  page: (env, { id, ...filter }, limit, cursor) => deliveriesPage(env, id, filter, limit, cursor),
});

webhookRoutes.openapi(
  createRoute({
    ...read,
    method: "get",
    path: "/api/webhooks/{id}",
    summary: "One webhook",
    request: { params },
    responses: { 200: json(webhookItem, "The webhook.") },
  }),
  async (c) => c.json(await oneWebhook(c.env, c.req.valid("param").id), 200),
);

webhookRoutes.openapi(
  createRoute({
    ...write,
    method: "patch",
    path: "/api/webhooks/{id}",
    summary: "Changes a webhook, disables it (what is on its way is parked) or enables it",
    request: { params, body: body(webhookChange) },
    responses: { 200: json(webhookItem, "As it is now.") },
  }),
  async (c) => c.json(await alterWebhook(changeOf(c), c.req.valid("param").id, c.req.valid("json")), 200),
);

webhookRoutes.openapi(
  createRoute({
    ...write,
    method: "delete",
    path: "/api/webhooks/{id}",
    summary: "Forgets a webhook, its secret and its deliveries",
    request: { params },
    responses: { 204: { description: "Gone." } },
  }),
  async (c) => {
    await dropWebhook(changeOf(c), c.req.valid("param").id);
    return c.body(null, 204);
  },
);

webhookRoutes.openapi(
  createRoute({
    ...write,
    method: "post",
    path: "/api/webhooks/{id}/rotate",
    summary: "Gives a webhook a new secret, shown once; for a day more both sign",
    request: { params },
    responses: { 200: json(rotatedSecret, "The new secret.") },
  }),
  async (c) => {
    const made = await rotateWebhook(changeOf(c), c.req.valid("param").id);
    c.header("Cache-Control", "no-store");
    return c.json(made, 200);
  },
);

webhookRoutes.openapi(
  createRoute({
    ...write,
    method: "post",
    path: "/api/webhooks/deliveries/{id}/replay",
    summary: "Sends a delivery again, from the first attempt on",
    request: { params },
    responses: { 202: json(z.object({ deliveryId: z.string() }), "It goes out.") },
  }),
  async (c) => {
    const { id } = c.req.valid("param");
    await replayDelivery(changeOf(c), id);
    return c.json({ deliveryId: id }, 202);
  },
);
