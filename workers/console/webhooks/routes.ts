// The doors of webhooks. A secret is answered once, when it is made.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { csvResponse, everyPage } from "../../../src/shared/http/csv.ts";
import { MAX_LIMIT, listOf, listQuery } from "../../../src/shared/http/page.ts";
import { changeOf } from "../change.ts";
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
import type { DeliveryItem, WebhookItem } from "./schema.ts";
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

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const csv = { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } } };
const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { "application/json": { schema } },
});

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

webhookRoutes.openapi(
  createRoute({
    ...read,
    method: "get",
    path: "/api/webhooks",
    summary: "Lists the webhooks, newest first",
    request: { query: z.strictObject(listQuery) },
    responses: { 200: json(listOf(webhookItem), "A page of webhooks.") },
  }),
  async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await webhooksPage(c.env, limit, cursor), 200);
  },
);

webhookRoutes.openapi(
  createRoute({
    ...read,
    method: "get",
    path: "/api/webhooks.csv",
    summary: "The list of webhooks as CSV",
    responses: csv,
  }),
  async (c) => {
    const columns = (Object.keys(webhookItem.shape) as (keyof WebhookItem)[]).map((name) => ({
      name,
      value: (item: WebhookItem) => (name === "events" ? item.events.join(" ") : item[name]),
    }));
    return csvResponse(columns, await everyPage((cursor) => webhooksPage(c.env, MAX_LIMIT, cursor)));
  },
);

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
    ...read,
    method: "get",
    path: "/api/webhooks/{id}/deliveries",
    summary: "Lists the deliveries of a webhook, newest first",
    request: { params, query: z.strictObject({ ...deliveryFilter, ...listQuery }) },
    responses: { 200: json(listOf(deliveryItem), "A page of deliveries.") },
  }),
  async (c) => {
    const { limit, cursor, ...filter } = c.req.valid("query");
    return c.json(await deliveriesPage(c.env, c.req.valid("param").id, filter, limit, cursor), 200);
  },
);

webhookRoutes.openapi(
  createRoute({
    ...read,
    method: "get",
    path: "/api/webhooks/{id}/deliveries.csv",
    summary: "Deliveries of a webhook as CSV",
    request: { params, query: z.strictObject(deliveryFilter) },
    responses: csv,
  }),
  async (c) => {
    const { id } = c.req.valid("param");
    const filter = c.req.valid("query");
    await oneWebhook(c.env, id);
    const columns = (Object.keys(deliveryItem.shape) as (keyof DeliveryItem)[]).map((name) => ({
      name,
      value: (item: DeliveryItem) => item[name],
    }));
    return csvResponse(columns, await everyPage((cursor) => deliveriesPage(c.env, id, filter, MAX_LIMIT, cursor)));
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
