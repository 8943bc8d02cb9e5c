// Forms: each posts with its token, shows what was refused where it was typed, and works without scripts.
import type { Child } from "hono/jsx";
import type { Text } from "./language.ts";
import type { Action } from "./overview.ts";
import { typedValue } from "./view.ts";
import type { View } from "./view.ts";

/** The name of the hidden field that holds the token. */
export const CSRF_FIELD = "_csrf";

/** A form that posts to `to`. `files` allows uploads. */
export function Form(props: { v: View; to: string; files?: boolean; class?: string; children?: Child }) {
  const { v, to, files = false, children } = props;
  return (
    <form method="post" action={to} class={props.class ?? "form"} enctype={files ? "multipart/form-data" : undefined}>
      <input type="hidden" name={CSRF_FIELD} value={v.csrf} />
      {children}
    </form>
  );
}

interface FieldProps {
  v: View;
  name: string;
  label: string;
  /** `password` hides what is typed and never gets it back; `textarea` and `select` are fields too. */
  type?: "text" | "password" | "search" | "url" | "number" | "date" | "datetime-local" | "file" | "textarea" | "select";
  value?: string;
  hint?: Child;
  required?: boolean;
  options?: readonly { value: string; label: string }[];
  placeholder?: string;
  autocomplete?: string;
  /** Further attributes of the input: `min`, `maxlength`, `inputmode`. */
  more?: Readonly<Record<string, string>>;
}

/** A labelled field. After a refusal it shows what had been typed, and what is wrong with it. */
export function Field(props: FieldProps) {
  const { v, name, label, type = "text", hint, required = false, options = [], placeholder, autocomplete } = props;
  // A field of several lines is refused by the line: `domains.0`.
  const wrong = v.refused?.errors.find(({ path }) => path === name || path.startsWith(`${name}.`));
  const value = type === "password" ? undefined : (typedValue(v.refused, name) ?? props.value);
  const id = `field-${name}`;
  const about = [hint === undefined ? null : `${id}-hint`, wrong === undefined ? null : `${id}-wrong`];
  const common = {
    id,
    name,
    required,
    placeholder,
    autocomplete: autocomplete ?? "off",
    "aria-invalid": wrong === undefined ? undefined : "true",
    "aria-describedby": about.filter((part) => part !== null).join(" ") || undefined,
    ...props.more,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === "textarea" && (
        <textarea rows={6} {...common}>
          {value ?? ""}
        </textarea>
      )}
      {type === "select" && (
        <select {...common}>
          {options.map((option) => (
            <option value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
      {type !== "textarea" && type !== "select" && <input {...common} type={type} value={value} />}
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
      {wrong !== undefined && (
        <small id={`${id}-wrong`} class="wrong">
          {wrong.message}
        </small>
      )}
    </div>
  );
}

/** Boxes of one name, any number of them ticked. */
export function Choices(props: {
  v: View;
  name: string;
  label: string;
  options: readonly { value: string; label: Child; hint?: string }[];
  chosen?: readonly string[];
}) {
  const { v, name, label, options } = props;
  const typed = v.refused?.values[name];
  const chosen = typed === undefined ? (props.chosen ?? []) : [typed].flat();
  const wrong = v.refused?.errors.find(({ path }) => path === name || path.startsWith(`${name}.`));
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      <div class="boxes">
        {options.map((option) => (
          <label class="box">
            <input type="checkbox" name={name} value={option.value} checked={chosen.includes(option.value)} />
            <span>
              {option.label}
              {option.hint !== undefined && <small>{option.hint}</small>}
            </span>
          </label>
        ))}
      </div>
      {wrong !== undefined && <small class="wrong">{wrong.message}</small>}
    </fieldset>
  );
}

/** A button that posts at once, for what can be undone. */
export function PostButton(props: {
  v: View;
  to: string;
  label: string;
  fields?: Readonly<Record<string, string>>;
  class?: string;
}) {
  const { v, to, label, fields = {} } = props;
  return (
    <Form v={v} to={to} class="inline">
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button class={props.class}>{label}</button>
    </Form>
  );
}

/** The one button of a need: a link, or a post. */
export function ActionButton({ v, action, primary = false }: { v: View; action: Action; primary?: boolean }) {
  const style = primary ? "primary" : undefined;
  if ("href" in action) {
    return (
      <a class={primary ? "button primary" : "button"} href={action.href}>
        {action.label}
      </a>
    );
  }
  const { label, post, fields = {} } = action;
  return (
    <PostButton v={v} to={post} label={label} fields={fields} {...(style === undefined ? {} : { class: style })} />
  );
}

const KEEP: Text = { en: "Leave it", pt: "Deixar como está" };

/** A dangerous act: the first press opens what will happen, with its numbers; the second does it. */
export function Danger(props: {
  v: View;
  to: string;
  /** The verb of the closed button. */
  label: string;
  /** What will happen, with its numbers. */
  says: Child;
  /** The verb of the button that does it. */
  confirm: string;
  fields?: Readonly<Record<string, string>>;
}) {
  const { v, to, label, says, confirm, fields = {} } = props;
  return (
    <details class="danger-act">
      <summary class="button danger">{label}</summary>
      <div class="ask">
        <p>{says}</p>
        <div class="row">
          <PostButton v={v} to={to} label={confirm} fields={fields} class="primary bad" />
          <button type="button" data-close hidden>
            {v.t(KEEP)}
          </button>
        </div>
      </div>
    </details>
  );
}
