// XML of reports into plain objects: entities off, tags without namespace, every value a text. A torn document is refused whole.
import { XMLParser } from "fast-xml-parser";

/** Deeper is no report; the parser would refuse it anyway. */
const MAX_DEPTH = 20;

/** Tags that may come once or many times. */
const LISTS: ReadonlySet<string> = new Set(["item", "event"]);

const parser = new XMLParser({
  // No DOCTYPE entity is ever expanded; the five of XML itself are undone in `xmlText`.
  processEntities: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  // An id may begin with zeros, an amount must not become a fraction in floating point.
  parseTagValue: false,
  maxNestedTags: MAX_DEPTH,
  isArray: (name) => LISTS.has(name),
});

/** An ampersand that begins no entity: shops are called `Casa & Vídeo`, and one of them must not spoil a whole report. */
const LONE_AMPERSAND = /&(?!(?:\w{1,10}|#\d{1,7}|#x[\da-f]{1,6});)/gi;

/** The document as an object, or null when it is no well-formed XML. */
export function parseXml(text: string): unknown {
  try {
    return parser.parse(text.replaceAll(LONE_AMPERSAND, "&amp;"), true) as unknown;
  } catch {
    return null;
  }
}

const CHARACTERS: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/** A value with the five entities of XML and character numbers undone, each once. */
export function xmlText(value: string): string {
  return value.replaceAll(/&(?:(lt|gt|quot|apos|amp)|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (whole, name, decimal, hex) => {
    if (typeof name === "string") return CHARACTERS[name.toLowerCase()] ?? whole;
    const code = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
  });
}

const CHARSET = /charset\s*=\s*"?([\w.:-]{1,40})/i;
const PROLOG = /^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.:-]{1,40})["']/i;

/** The text of a body in the encoding of its header, else of its prolog, else UTF-8. */
export function decodedXml(body: Uint8Array, contentType: string | null): string {
  const head = new TextDecoder("latin1").decode(body.subarray(0, 300));
  const label = CHARSET.exec(contentType ?? "")?.[1] ?? PROLOG.exec(head)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label).decode(body);
  } catch {
    // No such encoding: names may be spoilt then, numbers are not.
    return new TextDecoder().decode(body);
  }
}
