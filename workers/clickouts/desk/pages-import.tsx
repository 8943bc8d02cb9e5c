// Many stores from one file: first what it would bring and what is wrong with it, then, asked once, all of it.
import { Card, Facts, Field, Form, Head, Note, Table } from "../../../src/shared/page/kit.ts";
import type { Pages, Posted, Show, Shown, Plural, Text, View } from "../../../src/shared/page/kit.ts";
import { inReadersWords } from "../../../src/shared/page/kit.ts";
import { COLUMNS } from "../catalogue/import-file.ts";
import type { LineError } from "../catalogue/import-file.ts";
import type { ImportResult } from "../catalogue/service-import.ts";
import { home } from "./pages-links.tsx";
import type { Desk } from "./service.ts";
import { bringStores, lookAtStores } from "./service-import.ts";
import { STORE } from "./words.ts";

const STORES = "/console/clickouts/stores";
const PATH = `${STORES}/import`;
const ERRORS_SHOWN = 100;

const EXAMPLE = `${COLUMNS.join(",")}
Casa Aroeira,casaaroeira.com.br,awin,17648,0
Casa Aroeira,casaaroeira.com.br,lomadee,5632,1
Casa Aroeira,outletaroeira.com.br,,,`;

const RELATION: Plural = [
  { en: "relation to a network", pt: "relação com uma rede" },
  { en: "relations to networks", pt: "relações com redes" },
];
const RULE: Plural = [
  { en: "first rule", pt: "primeira regra" },
  { en: "first rules", pt: "primeiras regras" },
];

const T = {
  stores: { en: "Stores", pt: "Lojas" },
  title: { en: "Import stores", pt: "Importar lojas" },
  says: {
    en: "A row for each network or domain of a store. What is there stays; a store without a rule gets its first one, by priority.",
    pt: "Uma linha por rede ou domínio de cada loja. O que já existe fica; uma loja sem regra ganha a primeira, pela prioridade.",
  },
  file: { en: "CSV file", pt: "Arquivo CSV" },
  fileHint: { en: "Up to 1 MB here; larger files through the API.", pt: "Até 1 MB aqui; maiores, pela API." },
  text: { en: "or its rows", pt: "ou as linhas dele" },
  look: { en: "See what it would bring", pt: "Ver o que traria" },
  would: { en: "What the file would bring", pt: "O que o arquivo traria" },
  nothingYet: { en: "Nothing is changed yet.", pt: "Nada mudou ainda." },
  newStores: { en: "New stores", pt: "Lojas novas" },
  relations: { en: "Relations", pt: "Relações" },
  rules: { en: "First rules", pt: "Primeiras regras" },
  errors: { en: "Lines that stand against it", pt: "Linhas que impedem" },
  errorsFoot: {
    en: "All of the file is brought in or nothing: correct these lines and look again.",
    pt: "Entra o arquivo todo ou nada: corrija estas linhas e veja de novo.",
  },
  line: { en: "Line", pt: "Linha" },
  why: { en: "Why", pt: "Por quê" },
  bring: (what: string): Text => ({ en: `Bring in ${what}`, pt: `Trazer ${what}` }),
  nothing: { en: "All of it is there already: nothing would change.", pt: "Tudo já está aqui: nada mudaria." },
  brought: (what: string): Text => ({
    en: `Brought in: ${what}. Visits know them within a minute and a half.`,
    pt: `Entraram: ${what}. As visitas as conhecem em até um minuto e meio.`,
  }),
  other: { en: "Another file", pt: "Outro arquivo" },
};

const trail = (v: View) => [home(v), { label: v.t(T.stores), href: STORES }];

const empty: Show = (v) => ({
  title: v.t(T.title),
  body: (
    <>
      <Head title={v.t(T.title)} trail={trail(v)} says={v.t(T.says)} />
      <Card>
        <Form v={v} to={PATH} files>
          <Field
            v={v}
            name="file"
            type="file"
            label={v.t(T.file)}
            hint={v.t(T.fileHint)}
            more={{ accept: ".csv,text/csv" }}
          />
          <Field v={v} name="csv" type="textarea" label={v.t(T.text)} placeholder={EXAMPLE} />
          <button class="primary">{v.t(T.look)}</button>
        </Form>
      </Card>
    </>
  ),
});

const whatOf = (v: View, { stores, relations, rules }: ImportResult) =>
  v.list([v.count(stores, ...STORE), v.count(relations, ...RELATION), v.count(rules, ...RULE)]);

function Errors({ v, errors }: { v: View; errors: readonly LineError[] }) {
  const said = inReadersWords(v, {
    code: "not_found",
    detail: "",
    errors: errors.slice(0, ERRORS_SHOWN).map(({ line, message }) => ({ path: String(line), message })),
  });
  return (
    <Card title={v.t(T.errors)} plain foot={v.t(T.errorsFoot)}>
      <Table
        label={v.t(T.errors)}
        columns={[
          { name: v.t(T.line), kind: "num" },
          { name: v.t(T.why), kind: "wrap" },
        ]}
        rows={said.errors.map(({ path, message }) => [v.number(Number(path)), message])}
      />
    </Card>
  );
}

function looked(v: View, csv: string, result: ImportResult): Shown {
  const { stores, relations, rules, errors } = result;
  const facts = [
    { name: v.t(T.newStores), value: v.number(stores) },
    { name: v.t(T.relations), value: v.number(relations) },
    { name: v.t(T.rules), value: v.number(rules) },
  ];
  const changes = stores + relations + rules > 0;
  return {
    title: v.t(T.would),
    body: (
      <>
        <Head
          title={v.t(T.would)}
          trail={[...trail(v), { label: v.t(T.title), href: PATH }]}
          says={v.t(T.nothingYet)}
        />
        <Facts facts={facts} />
        {errors.length > 0 && <Errors v={v} errors={errors} />}
        {errors.length === 0 && !changes && <Note tone="idle">{v.t(T.nothing)}</Note>}
        <div class="row">
          {errors.length === 0 && (
            <Form v={v} to={PATH} files class="inline">
              <textarea name="csv" hidden>
                {csv}
              </textarea>
              <button class="primary" name="bring" value="1">
                {v.t(T.bring(whatOf(v, result)))}
              </button>
            </Form>
          )}
          <a class="button" href={PATH}>
            {v.t(T.other)}
          </a>
        </div>
      </>
    ),
  };
}

async function textOf(form: Posted): Promise<string> {
  const file = form.file("file");
  return file !== null && file.size > 0 ? await file.text() : form.exact("csv");
}

/** Adds the page of an import. */
export function addImportPages(pages: Pages, desk: Desk): void {
  pages.show(PATH, "clickouts:write", empty);
  pages.act(
    PATH,
    "clickouts:write",
    async (v, form) => {
      const csv = await textOf(form);
      const op = desk.open(v);
      if (form.text("bring") === "") return looked(v, csv, await lookAtStores(op, csv));
      const result = await bringStores(op, csv);
      return { to: STORES, says: v.t(T.brought(whatOf(v, result))) };
    },
    empty,
  );
}
