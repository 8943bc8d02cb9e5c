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
  [/^Invalid input: .*$/, "não é válido"],
  [/^Invalid ISO datetime$/, "não é uma data com hora"],
];

/** Zod's own words are for programmers. */
const ENGLISH: readonly (readonly [RegExp, string])[] = [
  [/^Too small: expected string to have >=1 characters?$/, "must not be empty"],
  [/^Too small: expected array to have >=1 items?$/, "choose at least one"],
  [/^Too big: expected string to have <=(\d+) characters?$/, "at most $1 characters"],
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
