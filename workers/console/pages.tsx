// All pages of the console's own, for its `System` value, and their lines in the navigation.
import { joinPages } from "../../src/shared/page/kit.ts";
import type { NavItem } from "../../src/shared/page/kit.ts";
import { auditPages } from "./audit/pages.tsx";
import { credentialPages } from "./credentials/pages.tsx";
import { docsPages } from "./docs/pages.tsx";
import { keyPages } from "./keys/pages.tsx";
import { findPages } from "./overview/pages-find.tsx";
import { overviewPages } from "./overview/pages.tsx";
import { parkedPages } from "./parked/pages.tsx";
import { runPages } from "./runs/pages.tsx";
import { sessionPages } from "./sign-in/pages-sessions.tsx";
import { signInPages } from "./sign-in/pages.tsx";
import { oneWebhookPages } from "./webhooks/pages-one.tsx";
import { webhookPages } from "./webhooks/pages.tsx";

export const consolePages = joinPages(
  signInPages,
  sessionPages,
  overviewPages,
  findPages,
  credentialPages,
  keyPages,
  webhookPages,
  oneWebhookPages,
  runPages,
  parkedPages,
  auditPages,
  docsPages,
);

export const consoleNav: readonly NavItem[] = [
  {
    label: { en: "Credentials", pt: "Credenciais" },
    path: "/console/credentials",
    scope: "credentials:read",
    setUp: true,
  },
  { label: { en: "Keys", pt: "Chaves" }, path: "/console/keys", scope: "keys:read", setUp: true },
  { label: { en: "Webhooks", pt: "Webhooks" }, path: "/console/webhooks", scope: "webhooks:read", setUp: true },
  { label: { en: "Runs", pt: "Execuções" }, path: "/console/runs", scope: "jobs:read", setUp: true },
  { label: { en: "Parked", pt: "Separadas" }, path: "/console/parked", scope: "jobs:read", setUp: true },
  { label: { en: "Audit", pt: "Auditoria" }, path: "/console/audit", scope: "audit:read", setUp: true },
  { label: { en: "API reference", pt: "Referência da API" }, path: "/docs", scope: "", setUp: true },
];
