// The workspaces of Split that have segments here: whether each one's key works, and what waits for it.
import { Card, State, Table, Time } from "../../../src/shared/page/kit.ts";
import type { Child, Text, View } from "../../../src/shared/page/kit.ts";
import type { TenantView } from "../schema.ts";
import { Workspace, tenantPath } from "./pages-parts.tsx";
import { TENANT_WORDS, splitSaid } from "./words.ts";

const T = {
  tenants: { en: "Workspaces of Split", pt: "Workspaces do Split" },
  workspace: { en: "Workspace", pt: "Workspace" },
  state: { en: "State", pt: "Estado" },
  since: { en: "Since", pt: "Desde" },
  segments: { en: "Segments", pt: "Segmentos" },
  waiting: { en: "Waiting", pt: "À espera" },
  lastError: { en: "What Split last said", pt: "O que o Split disse por último" },
  actions: { en: "Actions", pt: "Ações" },
  enter: { en: "Enter a key", pt: "Informar uma chave" },
  replace: { en: "Replace the key", pt: "Trocar a chave" },
} satisfies Record<string, Text>;

/** The card of them all. */
export function TenantCard({ v, tenants }: { v: View; tenants: readonly TenantView[] }) {
  const rows = tenants.map((tenant): Child[] => {
    const { tone, word } = TENANT_WORDS[tenant.state];
    const needs = tenant.state === "needs_credentials";
    return [
      <Workspace v={v} id={tenant.workspaceId} />,
      <State tone={tone}>{v.t(word)}</State>,
      <Time v={v} at={Date.parse(tenant.since)} />,
      v.number(tenant.segments),
      v.number(tenant.pending),
      tenant.lastError === null ? "" : splitSaid(tenant.lastError),
      v.can("audiences:write") && (
        <a class={needs ? "button icon primary" : "button icon"} href={tenantPath(tenant.workspaceId)}>
          {v.t(needs ? T.enter : T.replace)}
        </a>
      ),
    ];
  });
  const columns = [
    v.t(T.workspace),
    v.t(T.state),
    v.t(T.since),
    { name: v.t(T.segments), kind: "num" as const },
    { name: v.t(T.waiting), kind: "num" as const },
    { name: v.t(T.lastError), kind: "wrap" as const },
    { name: v.t(T.actions), kind: "actions" as const },
  ];
  return (
    <Card title={v.t(T.tenants)} plain>
      <Table label={v.t(T.tenants)} columns={columns} rows={rows} />
    </Card>
  );
}
