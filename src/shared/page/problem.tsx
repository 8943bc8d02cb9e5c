// A failure as a page: what happened, the request's id, what to try. It tells no more than the same failure tells a machine.
import type { ErrorCode, FieldError } from "../errors.ts";
import type { Words } from "./format.ts";
import type { Text } from "./language.ts";
import { Card, Head } from "./parts.tsx";

interface Said {
  /** What happened. */
  title: Text;
  /** What to try. */
  advice: Text;
}

const NOT_THERE: Said = {
  title: { en: "There is nothing here", pt: "Não há nada aqui" },
  advice: {
    en: "It may have been deleted, or the address is not complete. Look for its id above, or start from the overview.",
    pt: "Pode ter sido excluído, ou o endereço está incompleto. Procure pelo id acima ou comece pela visão geral.",
  },
};

const SAID: Partial<Record<ErrorCode, Said>> = {
  not_found: NOT_THERE,
  unknown_store: NOT_THERE,
  forbidden: {
    title: { en: "Your key may not do this", pt: "Sua chave não permite isto" },
    advice: {
      en: "Sign in with a key that has the scope, or ask whoever manages keys for it.",
      pt: "Entre com uma chave que tenha o escopo ou peça-o a quem administra as chaves.",
    },
  },
  https_required: {
    title: { en: "Only over https", pt: "Somente por https" },
    advice: {
      en: "Open the same address with https. A key that was sent over plain http should be replaced.",
      pt: "Abra o mesmo endereço com https. Uma chave enviada por http comum deve ser trocada.",
    },
  },
  method_not_allowed: {
    title: { en: "This page takes no such call", pt: "Esta página não aceita essa chamada" },
    advice: { en: "Go back and press the button again.", pt: "Volte e aperte o botão de novo." },
  },
  busy: {
    title: { en: "Busy at this moment", pt: "Ocupado neste momento" },
    advice: { en: "Nothing was changed. Try again in a moment.", pt: "Nada mudou. Tente de novo em instantes." },
  },
  internal_error: {
    title: { en: "This page failed", pt: "Esta página falhou" },
    advice: {
      en: "The fault was logged under the request id below. Try again; if it stays, tell whoever is on call that id.",
      pt: "A falha foi registrada com o id de requisição abaixo. Tente de novo; se persistir, informe esse id a quem está de plantão.",
    },
  },
};

const REFUSED: Said = {
  title: { en: "That was not accepted", pt: "Isso não foi aceito" },
  advice: {
    en: "Nothing was changed. Go back, change it and try again.",
    pt: "Nada mudou. Volte, corrija e tente de novo.",
  },
};

const T = {
  requestId: { en: "Request id", pt: "Id da requisição" },
  toOverview: { en: "To the overview", pt: "Ir para a visão geral" },
};

/** A failure as a person may know it. */
export interface Failure {
  code: ErrorCode;
  detail: string;
  errors: readonly FieldError[];
}

/** The title of a failure's page. */
export function problemTitle(v: Words, error: Pick<Failure, "code">): string {
  return v.t((SAID[error.code] ?? REFUSED).title);
}

/** What stands on it. `detail` is the sentence that a machine would get. */
export function Problem({ v, error, requestId }: { v: Words; error: Failure; requestId: string }) {
  const said = SAID[error.code] ?? REFUSED;
  const tells = error.code !== "internal_error" && error.code !== "not_found";
  return (
    <>
      <Head title={v.t(said.title)} says={v.t(said.advice)} />
      <Card>
        {tells && <p>{error.detail}</p>}
        {error.errors.length > 0 && (
          <ul>
            {error.errors.map(({ path, message }) => (
              <li>
                <code>{path}</code> {message}
              </li>
            ))}
          </ul>
        )}
        <p>
          {v.t(T.requestId)}: <code class="whole">{requestId}</code>
        </p>
        <div class="row">
          <a class="button" href="/console">
            {v.t(T.toOverview)}
          </a>
        </div>
      </Card>
    </>
  );
}
