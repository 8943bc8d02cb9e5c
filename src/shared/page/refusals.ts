// What a door refuses, in the reader's words. The API speaks English; what is not known here is shown as it says it. Pure.
import type { AppError, FieldError } from "../errors.ts";
import type { Words } from "./format.ts";

/** Sentences of doors and schemas, in Portuguese. The groups of a pattern stand for `$1`, `$2` … */
const PORTUGUESE: readonly (readonly [RegExp, string])[] = [
  [/^This key lacks the scope (\S+)\.$/, "Esta chave não tem o escopo $1."],
  [/^This key cannot grant (\S+), which it lacks itself\.$/, "Esta chave não pode conceder $1, que ela mesma não tem."],
  [/^This form was not made by this session\..*$/, "Este formulário não é desta sessão. Recarregue a página e repita."],
  [/^must be in the future$/, "precisa estar no futuro"],
  [/^is not a known scope$/, "não é um escopo conhecido"],
  [/^is not known$/, "não é conhecido"],
  [/^must be letters, digits, (.+) or (.+)$/, "só letras, dígitos, $1 ou $2"],
  [/^must be one label of a host name$/, "precisa ser um único nome, como em um endereço de site"],
  [
    /^must not begin or end with a blank or hold control characters$/,
    "não pode começar nem terminar com espaço, nem ter caracteres de controle",
  ],
  [/^Too small: expected string to have >=1 characters?$/, "não pode ficar vazio"],
  [/^Too small: expected array to have >=1 items?$/, "escolha ao menos um"],
  [/^Too big: expected string to have <=(\d+) characters?$/, "no máximo $1 caracteres"],
  [/^Invalid (?:input|option|string): .*$/, "não é válido"],
  [/^Invalid ISO datetime$/, "não é uma data com hora"],
  [/^is not a cursor of this list$/, "não é uma posição desta lista"],
  [/^The queue gave the message up after its last retry\.$/, "A fila desistiu da mensagem depois da última tentativa."],
  // webhooks
  [/^is not an absolute URL$/, "não é um endereço completo"],
  [/^must be https$/, "precisa começar com https"],
  [/^must not hold a user or a password$/, "não pode conter usuário nem senha"],
  [/^must lead to a public host name$/, "precisa levar a um endereço público"],
  [/^has more than (\d+) characters$/, "no máximo $1 caracteres"],
  [/^is not an event of this house: .*$/, "não é um evento desta casa"],
  [/^There are (\d+) webhooks already\.$/, "Já há $1 webhooks."],
  [/^The webhook is disabled\. Enable it first\.$/, "O webhook está desativado. Reative-o primeiro."],
  // clickouts
  [/^The parameter `url` is not an absolute URL\.$/, "Isto não é uma URL completa."],
  [/^Only http and https URLs are redirected\.$/, "Só URLs http e https são redirecionadas."],
  [/^A URL with user info is not redirected\.$/, "Uma URL com usuário e senha não é redirecionada."],
  [/^The URL's host is not a public host name\.$/, "O endereço da URL não é um nome público."],
  [/^The URL is longer than (.+)\.$/, "A URL passa de $1."],
  [/^(\S+) belongs to store (\d+)\.$/, "$1 é da loja $2."],
  [/^The store has clickouts; .*$/, "A loja tem cliques; os relatórios precisam dela."],
  [/^The store has this relation already\.$/, "A loja já tem esta relação."],
  [
    /^A present or scheduled rule of the store asks (\w+)\..*$/,
    "Uma regra atual ou agendada da loja consulta $1. Mude a regra primeiro.",
  ],
  [
    /^The rule is not the version that If-Match names\..*$/,
    "Alguém mudou a regra nesse meio-tempo. Veja-a e salve de novo.",
  ],
  [/^The rule version (\d+) has started\.$/, "A versão $1 da regra já começou."],
  [/^Others keep changing this at the same time\..*$/, "Outras pessoas estão mudando isto agora. Nada mudou."],
  [/^This job is running already\.$/, "Esta tarefa já está em curso."],
  [/^(\d+) lines cannot be imported, so nothing was\..*$/, "$1 linhas não podem ser importadas; por isso nada entrou."],
  [/^lies in the past$/, "fica no passado"],
  [/^is too late$/, "fica longe demais"],
  [/^is not a time$/, "não é uma data com hora"],
  [/^(?:domain: )?A domain is a bare host name such as `(.+)`\.$/, "um domínio é só o nome, como $1"],
  [/^(?:domain: )?This is not a valid host name\.$/, "não é um nome de site válido"],
  [/^(?:domain: )?This is not a public host name\.$/, "não é um nome público"],
  [/^(?:domain: )?This is a public suffix: .*$/, "é um sufixo público: qualquer um registra nomes sob ele"],
  [/^(?:domain: )?This host name has no registrable domain\.$/, "não tem um domínio registrável"],
  [/^is needed: the id that (\w+) gave the shop$/, "falta: o id que $1 deu à loja"],
  [/^is needed: what direto adds to the product URL$/, "faltam: o que o Direto acrescenta à URL"],
  [/^is not known to (\w+)$/, "não existe em $1"],
  [/^is not a domain of this store$/, "não é um domínio desta loja"],
  [/^stands twice in the list$/, "aparece duas vezes"],
  [/^must name at least one domain$/, "dê ao menos um domínio"],
  [/^must be 1 to (\d+) letters, digits, dashes or underscores$/, "de 1 a $1 letras, dígitos, hífens ou sublinhados"],
  [/^must be 1 to 64 letters, .*$/, "de 1 a 64 letras, dígitos, pontos, hífens ou sublinhados"],
  [/^must be 1 to 20 pairs$/, "de 1 a 20 pares"],
  // audiences
  [/^must be visible ASCII characters$/, "só caracteres ASCII visíveis, sem espaços nem acentos"],
  [/^is not an MPID$/, "não é um MPID"],
  [/^is missing$/, "falta"],
  [/^This could not be written now\. .*$/, "Não foi possível gravar agora. Tente de novo."],
  // visitors
  [/^is not a site id$/, "não é um id de site"],
  [/^is not an id of this list$/, "não é um id desta lista"],
  [/^Maxymiser does not take them: (.*)$/s, "O Maxymiser não as aceita: $1"],
  [/^Maxymiser could not be asked: (.*)$/s, "Não foi possível consultar o Maxymiser: $1"],
];

/** Zod's own words are for programmers. */
const ENGLISH: readonly (readonly [RegExp, string])[] = [
  [
    /^The rule is not the version that If-Match names\..*$/,
    "Somebody changed the rule meanwhile: this is not the version that you saw. Look at it, and save again.",
  ],
  [/^The parameter `url` is not an absolute URL\.$/, "This is not a whole URL."],
  [/^Too small: expected string to have >=1 characters?$/, "must not be empty"],
  [/^Too small: expected array to have >=1 items?$/, "choose at least one"],
  [/^Too big: expected string to have <=(\d+) characters?$/, "at most $1 characters"],
  [/^Invalid (?:input|option|string): .*$/, "is not valid"],
];

function said(v: Pick<Words, "language">, text: string): string {
  for (const [pattern, words] of v.language === "pt" ? PORTUGUESE : ENGLISH) {
    if (pattern.test(text)) return text.replace(pattern, words);
  }
  return text;
}

/** The refusal's sentence and fields as the reader shall see them. */
export function inReadersWords(
  v: Pick<Words, "language">,
  { code, detail, errors = [] }: Pick<AppError, "code" | "detail" | "errors">,
): { detail: string; errors: readonly FieldError[] } {
  const fields = errors.map(({ path, message }) => ({ path, message: said(v, message) }));
  // A door's sentence begins with the field's name where a schema refused it: the field says so itself.
  const first = fields[0];
  if (code === "invalid_request" && first !== undefined) {
    const where = v.language === "pt" ? "Verifique os campos marcados" : "Look at the marked fields";
    return { detail: `${where}: ${first.message}.`, errors: fields };
  }
  return { detail: said(v, detail), errors: fields };
}
