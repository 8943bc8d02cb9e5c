// A page as a browser without scripts takes it: its forms with what they would post, its links, and what nobody could press.

/** A field of a form. */
export interface Field {
  name: string;
  /** Of an input; `textarea`, `select`. */
  type: string;
  value: string;
  checked: boolean;
  required: boolean;
  /** A label, or a name for screen readers. */
  labelled: boolean;
  options: string[];
}

/** A form: fields in their order, and the buttons that send it (`name=value`, or empty). */
export interface Form {
  action: string;
  method: string;
  fields: Field[];
  submits: string[];
}

/** A page. */
export interface Page {
  forms: Form[];
  hrefs: string[];
  ids: Set<string>;
  h1: number;
  /** Buttons that only a script could answer, and that are shown. */
  dead: string[];
  /** What no page of ours has: elements that run or load something, attributes that run. */
  active: string[];
}

const ACTIVE = new Set(["script", "style", "img", "iframe", "object", "embed", "video", "audio", "base"]);
const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};
const plain = (text: string | null) => (text ?? "").replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (one) => ENTITIES[one]!);

/** Reads a page's text. */
export async function readPage(html: string): Promise<Page> {
  const page: Page = { forms: [], hrefs: [], ids: new Set(), h1: 0, dead: [], active: [] };
  const labels = new Set<string>();
  const byId = new Map<string, Field>();
  const formIds = new Map<string, Form>();
  const late: [form: string, submit: string][] = [];
  let form: Form | null = null;
  let inLabel = 0;
  let select: Field | null = null;
  let text: Field | null = null;

  const field = (element: Element, type: string): Field => {
    const attribute = (name: string) => plain(element.getAttribute(name));
    const made: Field = {
      name: attribute("name"),
      type,
      value: attribute("value"),
      checked: element.hasAttribute("checked"),
      required: element.hasAttribute("required"),
      labelled: inLabel > 0 || element.hasAttribute("aria-label"),
      options: [],
    };
    const id = attribute("id");
    if (id !== "") byId.set(id, made);
    form?.fields.push(made);
    return made;
  };

  const rewriter = new HTMLRewriter()
    .on("*", {
      element({ tagName, attributes }) {
        const all = [...attributes];
        const runs = all.filter(([name = ""]) => name.startsWith("on") || name === "style").map(([name]) => name);
        const own =
          tagName === "script" && all.some(([name, value = ""]) => name === "src" && value.startsWith("/assets/"));
        if (runs.length > 0 || (ACTIVE.has(tagName) && !own)) page.active.push([tagName, ...runs].join(" "));
      },
    })
    .on("[id]", { element: (element) => void page.ids.add(plain(element.getAttribute("id"))) })
    .on("h1", { element: () => void page.h1++ })
    .on("a[href]", { element: (element) => void page.hrefs.push(plain(element.getAttribute("href"))) })
    .on("label", {
      element(element) {
        labels.add(plain(element.getAttribute("for")));
        inLabel++;
        element.onEndTag(() => void inLabel--);
      },
    })
    .on("form", {
      element(element) {
        const action = plain(element.getAttribute("action"));
        form = { action, method: element.getAttribute("method") ?? "get", fields: [], submits: [] };
        page.forms.push(form);
        formIds.set(plain(element.getAttribute("id")), form);
        element.onEndTag(() => void (form = null));
      },
    })
    .on("input", { element: (element) => void field(element, element.getAttribute("type") ?? "text") })
    .on("textarea", {
      element(element) {
        text = field(element, "textarea");
        element.onEndTag(() => void (text = null));
      },
      text: (part) => void (text !== null && (text.value += plain(part.text))),
    })
    .on("select", {
      element(element) {
        select = field(element, "select");
        element.onEndTag(() => void (select = null));
      },
    })
    .on("option", {
      element(element) {
        const value = plain(element.getAttribute("value"));
        select?.options.push(value);
        if (select !== null && element.hasAttribute("selected")) select.value = value;
      },
    })
    .on("button", {
      element(element) {
        const hidden = element.hasAttribute("hidden");
        if (element.getAttribute("type") === "button") {
          if (!hidden) page.dead.push(plain(element.getAttribute("class")) || "button");
          return;
        }
        const submit = `${plain(element.getAttribute("name"))}=${plain(element.getAttribute("value"))}`;
        const owner = element.getAttribute("form");
        if (owner !== null) late.push([plain(owner), submit]);
        else if (form !== null) form.submits.push(submit);
        else page.dead.push("button outside of a form");
      },
    });
  await rewriter.transform(new Response(html)).arrayBuffer();
  for (const [id, one] of byId) if (labels.has(id)) one.labelled = true;
  for (const [id, submit] of late) {
    const owner = formIds.get(id);
    if (owner === undefined) page.dead.push(`button of the form ${id}, which is not there`);
    else owner.submits.push(submit);
  }
  return page;
}

/** What a browser posts of a form; `typed` is what somebody puts into a field that must not be empty. */
export function posted({ fields, submits }: Form, typed: (field: Field) => string): URLSearchParams {
  const body = new URLSearchParams();
  for (const one of fields) {
    if (one.name === "" || (["checkbox", "radio"].includes(one.type) && !one.checked)) continue;
    body.append(one.name, one.value === "" ? typed(one) : one.value);
  }
  const [name = "", value = ""] = (submits[0] ?? "").split("=", 2);
  if (name !== "") body.append(name, value);
  return body;
}
