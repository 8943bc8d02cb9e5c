// Who is signed in: one's own sessions, or all of them for who manages keys; each can be ended.
import { Card, Danger, Empty, Head, PostButton, State, Table, Time, newPages } from "../../../src/shared/page/kit.ts";
import type { Child, Text } from "../../../src/shared/page/kit.ts";
import { sessionOf } from "../../../src/shared/auth/session-cookie.ts";
import { changeOf } from "../change.ts";
import { endSessionOf, sessionsFor } from "./service.ts";

const PATH = "/console/sessions";

const T = {
  title: { en: "Sessions", pt: "Sessões" },
  says: {
    en: "Who is signed in here. A session that nobody uses for 12 hours ends by itself.",
    pt: "Quem está conectado aqui. Uma sessão sem uso por 12 horas termina sozinha.",
  },
  key: { en: "Key", pt: "Chave" },
  root: { en: "admin token", pt: "token de administração" },
  browser: { en: "Browser", pt: "Navegador" },
  since: { en: "Since", pt: "Desde" },
  seen: { en: "Last seen", pt: "Último acesso" },
  actions: { en: "Actions", pt: "Ações" },
  here: { en: "this one", pt: "esta" },
  end: { en: "End", pt: "Encerrar" },
  endIt: { en: "End this session", pt: "Encerrar esta sessão" },
  endSays: (browser: string): Text => ({
    en: `${browser} is signed out within two minutes. The key itself goes on working.`,
    pt: `${browser} sai em até dois minutos. A chave em si continua valendo.`,
  }),
  ended: { en: "The session is ended.", pt: "A sessão foi encerrada." },
  signOut: { en: "Sign out", pt: "Sair" },
  none: { en: "Nobody is signed in.", pt: "Ninguém está conectado." },
  unknown: { en: "unknown browser", pt: "navegador desconhecido" },
};

const BROWSERS = [
  ["Edg/", "Edge"],
  ["OPR/", "Opera"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const;
const PLACES = [
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS X", "macOS"],
  ["Linux", "Linux"],
] as const;

/** `Chrome, Windows` of a browser's own long name; empty if it tells nothing. */
function browserOf(agent: string): string {
  const known = [BROWSERS, PLACES].map((names) => names.find(([part]) => agent.includes(part))?.[1]);
  return known.filter((name) => name !== undefined).join(", ");
}

/** The page of sessions. */
export const sessionPages = newPages();

sessionPages.show(PATH, null, async (v, c) => {
  const [sessions, own] = await Promise.all([sessionsFor(v.env, v.deps, v.actor), sessionOf(c)]);
  const rows = sessions.map((session): Child[] => {
    const browser = browserOf(session.agent) || v.t(T.unknown);
    const here = session.id === own?.id;
    return [
      <b>{session.keyName ?? v.t(T.root)}</b>,
      <span title={session.agent}>{browser}</span>,
      <Time v={v} at={session.createdAt} />,
      here ? <State tone="ok">{v.t(T.here)}</State> : <Time v={v} at={session.lastSeenAt} />,
      here ? (
        <PostButton v={v} to="/console/sign-out" label={v.t(T.signOut)} />
      ) : (
        <Danger
          v={v}
          to={`${PATH}/end`}
          label={v.t(T.end)}
          says={v.t(T.endSays(browser))}
          confirm={v.t(T.endIt)}
          fields={{ id: session.id }}
        />
      ),
    ];
  });
  const columns = [
    v.t(T.key),
    v.t(T.browser),
    v.t(T.since),
    v.t(T.seen),
    { name: v.t(T.actions), kind: "actions" as const },
  ];
  return {
    title: v.t(T.title),
    body: (
      <>
        <Head title={v.t(T.title)} says={v.t(T.says)} />
        <Card plain>
          <Table label={v.t(T.title)} columns={columns} rows={rows} empty={<Empty says={v.t(T.none)} />} />
        </Card>
      </>
    ),
  };
});

sessionPages.act(`${PATH}/end`, null, async (v, form, c) => {
  await endSessionOf(changeOf(c), form.text("id"));
  return { to: PATH, says: v.t(T.ended) };
});
