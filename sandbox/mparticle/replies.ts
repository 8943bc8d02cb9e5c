// What mParticle reads from a receiver's answers: the registration, returned settings, the protocol's form.
// It must never throw: an answer that it cannot read is a complaint, not an accident.
import { fieldsOf } from "../json-fields.ts";
import type { Message } from "./messages.ts";

/** What a registration declared, as far as it changes what is sent. */
export interface Registration {
  /** Ids of the account settings that a customer fills in. */
  accountSettings: readonly string[];
  /** The settings of a subscription's answer that are kept: those declared and not visible. */
  echoed(body: string): Record<string, string>;
}

/** Reads a registration; what it does not declare is never sent. */
export function readRegistration(body: string): Registration {
  const audience = fieldsOf(parsed(body).get("audience_processing_registration"));
  const settings = (name: string) => {
    const listed = audience.get(name);
    return Array.isArray(listed) ? listed.map(fieldsOf) : [];
  };
  const ids = (declared: Map<string, unknown>[]) => declared.map((each) => String(each.get("id")));
  const hidden = ids(settings("audience_subscription_settings").filter((each) => each.get("visible") === false));
  return {
    accountSettings: ids(settings("account_settings")),
    echoed(answer) {
      const returned = fieldsOf(parsed(answer).get("audience_subscription_settings"));
      return Object.fromEntries(
        [...returned].flatMap(([name, value]) => (hidden.includes(name) ? [[name, String(value)]] : [])),
      ) as Record<string, string>;
    },
  };
}

/** How an acknowledgement differs from what the protocol wants, in words; mostly nothing. */
export function complaintsAbout(sent: Message, body: string): string[] {
  const wanted = sent.type.replace(/_request$/, "_response");
  const answer = parsed(body);
  const complaints: string[] = [];
  const expect = (right: boolean, what: string) => {
    if (!right) complaints.push(`${wanted}: ${what}`);
  };
  expect(answer.get("type") === wanted, `type is ${String(answer.get("type"))}`);
  expect(typeof answer.get("id") === "string", "id is no string");
  expect(Number.isInteger(answer.get("timestamp_ms")), "timestamp_ms is no integer");
  expect(typeof answer.get("firehose_version") === "string", "firehose_version is no string");
  if (wanted === "module_registration_response") {
    expect(typeof answer.get("name") === "string" && typeof answer.get("version") === "string", "no name or version");
    const permissions = fieldsOf(answer.get("permissions"));
    expect(permissions.get("allow_access_mpid") === true, "allow_access_mpid is not true, so no mpid would be sent");
  }
  if (wanted === "audience_membership_change_response") {
    expect(typeof answer.get("suspend_subscription") === "boolean", "suspend_subscription is no boolean");
  }
  return complaints;
}

/** Whether the receiver wants nothing more until a person resumes. */
export function asksToStop(body: string): boolean {
  return parsed(body).get("suspend_subscription") === true;
}

function parsed(body: string): Map<string, unknown> {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return new Map();
  }
}
