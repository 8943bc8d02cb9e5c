// A file of stores as it comes in, piece by piece: rows out of text, and what each row must be. Pure. What spreadsheets write is
// understood: commas or semicolons, either line end, any order of columns.
import Papa from "papaparse";
import { NEEDS_EXTERNAL_ID, NETWORK_IDS, NETWORKS } from "../networks.ts";
import { normaliseDomain } from "./domains.ts";

/** The columns, in the order of the contract. */
export const COLUMNS = ["name", "domain", "network", "externalId", "priority"] as const;

/** One of them. */
type ColumnName = (typeof COLUMNS)[number];

/** A row that can be imported; `line` counts from 1, the heading's. */
export interface ImportRow {
  line: number;
  name: string;
  domain: string;
  /** Null: the row only gives the store a domain. */
  networkId: number | null;
  externalId: string;
  /** Null: the store's first rule does not ask this network. */
  priority: number | null;
}

/** Why a line cannot be imported. */
export interface LineError {
  line: number;
  message: string;
}

const REQUIRED: readonly ColumnName[] = ["name", "domain"];
const MAX_NAME = 200;
const EXTERNAL_ID = /^[A-Za-z0-9._-]{1,64}$/;
const WHOLE = /^-?\d{1,15}$/;
/** A row is some hundred characters: what goes on for longer lacks a quotation mark. */
const MAX_ROW = 65_536;

/** Rows of a file out of its pieces. */
export class FileRows {
  #parser: Papa.Parser | null = null;
  #rest = "";
  #line = 0;
  #columns: Map<ColumnName, number> | null = null;

  /** The rows that this piece completes; `last` at the end of the file. */
  push(piece: string, last: boolean): (ImportRow | LineError)[] {
    const text = this.#rest + piece;
    if (this.#parser === null) {
      const heading = text.indexOf("\n");
      if (heading === -1 && !last && text.length <= MAX_ROW) {
        this.#rest = text;
        return [];
      }
      this.#parser = parserFor(heading === -1 ? text : text.slice(0, heading + 1));
    }
    const { data, meta, errors } = this.#parser.parse(text, 0, !last) as Papa.ParseResult<string[]>;
    this.#rest = last ? "" : text.slice(meta.cursor);
    const broken = new Set(errors.flatMap(({ row }) => (row === undefined ? [] : [row])));
    const found = data.flatMap((fields, n): (ImportRow | LineError)[] => {
      this.#line += 1;
      if (broken.has(n)) return [{ line: this.#line, message: "a quotation mark stands where none may" }];
      return this.#row(fields.map((field) => field.trim()));
    });
    if (this.#rest.length <= MAX_ROW) return found;
    this.#rest = "";
    return [...found, { line: this.#line + 1, message: "is too long: a quotation mark may be missing" }];
  }

  #row(fields: string[]): (ImportRow | LineError)[] {
    const line = this.#line;
    if (fields.every((field) => field === "")) return [];
    if (this.#columns === null) {
      const read = readHeading(fields);
      if (typeof read === "string") return [{ line, message: read }];
      this.#columns = read;
      return [];
    }
    if (fields.length > this.#columns.size) return [{ line, message: `has ${fields.length} fields` }];
    const columns = this.#columns;
    const row = readRow(line, (name) => fields[columns.get(name) ?? -1] ?? "");
    return [typeof row === "string" ? { line, message: row } : row];
  }
}

function parserFor(heading: string): Papa.Parser {
  const count = (character: string) => heading.split(character).length;
  return new Papa.Parser({
    delimiter: count(";") > count(",") ? ";" : ",",
    newline: heading.endsWith("\r\n") ? "\r\n" : "\n",
  });
}

function readHeading(fields: readonly string[]): Map<ColumnName, number> | string {
  const columns = new Map<ColumnName, number>();
  for (const [n, field] of fields.entries()) {
    const name = COLUMNS.find((column) => column.toLowerCase() === field.toLowerCase());
    if (name === undefined)
      return `the column ${JSON.stringify(field.slice(0, 40))} is not known; the heading is ${COLUMNS.join(",")}`;
    if (columns.has(name)) return `the column ${name} stands twice`;
    columns.set(name, n);
  }
  const missing = REQUIRED.find((name) => !columns.has(name));
  return missing === undefined ? columns : `the column ${missing} is missing; the heading is ${COLUMNS.join(",")}`;
}

/** A row's values, checked, or why they are refused. */
function readRow(line: number, value: (name: ColumnName) => string): ImportRow | string {
  const name = value("name");
  if (name === "" || name.length > MAX_NAME) return `name: must be 1 to ${MAX_NAME} characters`;
  const domain = normaliseDomain(value("domain"));
  if (!domain.ok) return `domain: ${domain.message}`;
  const [given, externalId, priority] = [value("network"), value("externalId"), value("priority")];
  const row = { line, name, domain: domain.domain, networkId: null, externalId: "", priority: null };
  if (given === "") {
    return externalId === "" && priority === "" ? row : "network: is needed for an externalId or a priority";
  }
  const network = NETWORKS.find((one) => one === given.toLowerCase());
  if (network === undefined) return `network: must be one of ${NETWORKS.join(", ")}`;
  if (network === "direto") return "network: direto needs parameters, which no column holds; add it at the store";
  if (externalId === "" ? NEEDS_EXTERNAL_ID.has(network) : !EXTERNAL_ID.test(externalId)) {
    return "externalId: must be 1 to 64 letters, digits, dots, dashes or underscores";
  }
  if (priority !== "" && !WHOLE.test(priority)) return "priority: must be a whole number";
  return { ...row, networkId: NETWORK_IDS[network], externalId, priority: priority === "" ? null : Number(priority) };
}
