// A webhook and a delivery as they are listed, and what may be asked of them.
import { z } from "@hono/zod-openapi";

/** A subscriber, without its secret. */
export const webhookItem = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    description: z.string(),
    state: z.enum(["active", "disabled"]),
    disabledReason: z.enum(["operator", "gone"]).nullable().openapi({ description: "`gone`: it answered 410." }),
    disabledAt: z.string().nullable(),
    previousSecretUntil: z
      .string()
      .nullable()
      .openapi({ description: "Until when what is sent bears a signature of the secret before the rotation, too." }),
    lastAttemptAt: z.string().nullable(),
    lastError: z.string().nullable().openapi({ description: "Why the last attempt failed; null if it went well." }),
    pending: z.number().int(),
    parked: z.number().int(),
    createdAt: z.string(),
  })
  .openapi("Webhook");

export type WebhookItem = z.output<typeof webhookItem>;

const secret = z.string().openapi({ description: "`whsec_…`, shown this once." });

/** As it is answered when it is added. */
export const newWebhookItem = webhookItem.extend({ secret }).openapi("NewWebhook");

/** What a rotation answers. */
export const rotatedSecret = z.object({ secret, previousSecretUntil: z.string() }).openapi("RotatedSecret");

const wanted = {
  // Where it may lead is for the service to say: that differs in development.
  url: z.string().trim().min(1).max(2_048),
  events: z.array(z.string().max(100)).min(1).max(50),
};
const description = z.string().trim().max(200);

/** What is asked for. */
export const wantedWebhook = z.strictObject({ ...wanted, description: description.default("") });

/** What may be changed; what is absent stays. */
export const webhookChange = z
  .strictObject({ ...wanted, description, state: z.enum(["active", "disabled"]) })
  .partial();

/** The way of one event to one subscriber. */
export const deliveryItem = z
  .object({
    id: z.string(),
    webhookId: z.string(),
    eventId: z.string().openapi({ description: "Sent as `webhook-id`, in every attempt." }),
    type: z.string(),
    state: z.enum(["pending", "delivered", "parked"]),
    attempts: z.number().int(),
    status: z.number().int().nullable().openapi({ description: "HTTP status of the last answer." }),
    reason: z.string().nullable(),
    detail: z.string().nullable(),
    createdAt: z.string(),
    lastAttemptAt: z.string().nullable(),
    nextAttemptAt: z.string().nullable(),
    endedAt: z.string().nullable().openapi({ description: "When it was delivered or parked." }),
    excerpt: z.string().openapi({ description: "The first 500 characters of what is sent." }),
  })
  .openapi("WebhookDelivery");

export type DeliveryItem = z.output<typeof deliveryItem>;

export const deliveryFilter = { state: z.enum(["pending", "delivered", "parked"]).optional() };

export const idParam = z.object({ id: z.string().min(1).max(100) });
