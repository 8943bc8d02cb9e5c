// `/docs`: every door of the API, drawn from the same OpenAPI document that machines read. Open to all, as that is.
import { Brand, Document, Tag, guardHeaders, newPages, readerWords } from "../../../src/shared/page/kit.ts";
import type { Words } from "../../../src/shared/page/kit.ts";
import { reference } from "./reference.ts";
import type { DocDoor, DocField, DocGroup, Document as OpenApi } from "./reference.ts";

const T = {
  title: { en: "API reference", pt: "Referência da API" },
  says: {
    en: "Every door takes and answers JSON unless it says otherwise. A failure is problem+json (RFC 9457) with a stable code and the request id.",
    pt: "Toda rota recebe e responde JSON, salvo indicação. Uma falha é problem+json (RFC 9457) com um código estável e o id da requisição.",
  },
  doors: { en: "Doors", pt: "Rotas" },
  open: { en: "no key", pt: "sem chave" },
  parameters: { en: "Parameters", pt: "Parâmetros" },
  body: { en: "Body", pt: "Corpo" },
  optional: { en: "optional", pt: "opcional" },
};

/** The page of the API. */
export const docsPages = newPages();

function Fields({ v, fields }: { v: Words; fields: readonly DocField[] }) {
  return (
    <dl class="schema">
      {fields.map(({ name, depth, type, required, description }) => (
        <div class={`depth-${depth}`}>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>
            <small>
              {type}
              {!required && ` · ${v.t(T.optional)}`}
              {description !== "" && ` · ${description}`}
            </small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Door({ v, origin, door }: { v: Words; origin: string; door: DocDoor }) {
  const key = door.scope === null ? "" : ' -H "Authorization: Bearer $KEY"';
  const method = door.method === "GET" ? "" : ` -X ${door.method}`;
  const body = door.body === null ? "" : ` -H "Content-Type: ${door.body.type}" -d @body`;
  return (
    <details class="card door" id={door.id}>
      <summary>
        <span class={`method ${door.method.toLowerCase()}`}>{door.method}</span>
        <code class="whole">{door.path}</code>
        <small>{door.summary}</small>
        <Tag>{door.scope ?? v.t(T.open)}</Tag>
      </summary>
      <div class="body">
        <pre tabindex={0}>{`curl -s${method}${key}${body} '${origin}${door.path}'`}</pre>
        {door.parameters.length > 0 && <h3>{v.t(T.parameters)}</h3>}
        {door.parameters.length > 0 && <Fields v={v} fields={door.parameters} />}
        {door.body !== null && (
          <h3>
            {v.t(T.body)} <small>{door.body.type}</small>
          </h3>
        )}
        {door.body !== null && <Fields v={v} fields={door.body.fields} />}
        {door.answers.map(({ status, description, type, fields }) => (
          <>
            <h3>
              {status} <small>{[description, type].filter((part) => part !== "").join(" · ")}</small>
            </h3>
            {fields.length > 0 && <Fields v={v} fields={fields} />}
          </>
        ))}
      </div>
    </details>
  );
}

function Reference({ v, origin, groups }: { v: Words; origin: string; groups: readonly DocGroup[] }) {
  return (
    <Document v={v} title={v.t(T.title)}>
      <div class="shell">
        <nav class="rail" aria-label={v.t(T.doors)}>
          <a class="brand" href="/console">
            <Brand />
          </a>
          {groups.map(({ name, doors }) => (
            <a class="item" href={`#${name}`}>
              {name}
              <span class="count">{doors.length}</span>
            </a>
          ))}
        </nav>
        <main class="column" id="main">
          <div class="head">
            <div>
              <h1>{v.t(T.title)}</h1>
              <p>{v.t(T.says)}</p>
            </div>
            <a class="button" href="/openapi.json">
              openapi.json
            </a>
          </div>
          {groups.map(({ name, doors }) => (
            <section class="doors" id={name} aria-label={name}>
              <h2>{name}</h2>
              {doors.map((door) => (
                <Door v={v} origin={origin} door={door} />
              ))}
            </section>
          ))}
        </main>
      </div>
    </Document>
  );
}

docsPages.routes.get("/docs", (c) => {
  const v = readerWords(c);
  const { systems, openApi } = c.get("house");
  const groupOf = (path: string) =>
    systems.find(({ prefixes = [] }) => prefixes.some((prefix) => path.startsWith(prefix)))?.name ?? "";
  const groups = reference(openApi() as OpenApi, groupOf);
  guardHeaders(c);
  return c.html(<Reference v={v} origin={new URL(c.req.url).origin} groups={groups} />);
});
