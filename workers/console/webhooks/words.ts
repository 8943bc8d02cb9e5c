// What the pages of webhooks call things, in two languages. Pure.
import type { Plural, Text } from "../../../src/shared/page/language.ts";

export const DELIVERIES: Plural = [
  { en: "delivery", pt: "entrega" },
  { en: "deliveries", pt: "entregas" },
];

export const STATES = {
  pending: { en: "on its way", pt: "a caminho" },
  delivered: { en: "delivered", pt: "entregue" },
  parked: { en: "parked", pt: "separada" },
} as const satisfies Record<string, Text>;

/** Why an attempt failed, as the reader shall see it. */
export const REASONS: Readonly<Record<string, Text>> = {
  timeout: { en: "did not answer in time", pt: "não respondeu a tempo" },
  unavailable: { en: "was not there", pt: "estava fora do ar" },
  unauthorized: { en: "asked for a sign-in", pt: "pediu autenticação" },
  rejected: { en: "refused it", pt: "recusou" },
  rate_limited: { en: "was overloaded", pt: "estava sobrecarregado" },
  redirected: { en: "pointed elsewhere; that is not followed", pt: "apontou para outro lugar; não seguimos" },
  bad_address: { en: "the address is not allowed here", pt: "o endereço não é permitido aqui" },
  secret_unreadable: { en: "the secret does not open", pt: "o segredo não abre" },
  webhook_disabled: { en: "the webhook was disabled", pt: "o webhook foi desativado" },
};
