// What a caller may know of a failure: a stable code, the status that goes with it, and whether trying again helps.
// Bugs are not AppErrors: they throw, and the caller sees `internal_error` only.

/** Every code that an answer may carry, with its HTTP status. The codes are the contract: never rename one. */
export const STATUS_OF = {
  invalid_json: 400,
  invalid_request: 400,
  invalid_url: 400,
  invalid_credentials: 400,
  unauthorized: 401,
  forbidden: 403,
  https_required: 403,
  not_found: 404,
  unknown_store: 404,
  method_not_allowed: 405,
  domain_taken: 409,
  rule_changed: 409,
  rule_started: 409,
  store_in_use: 409,
  relation_exists: 409,
  relation_in_use: 409,
  store_limit: 409,
  already_running: 409,
  nothing_to_confirm: 409,
  webhook_disabled: 409,
  webhook_limit: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  too_many_attempts: 429,
  internal_error: 500,
  busy: 503,
} as const;

/** A stable snake_case word of the contract. */
export type ErrorCode = keyof typeof STATUS_OF;

/** One offending field of a body or query: `path` as in `networks.0.network`. */
export interface FieldError {
  path: string;
  message: string;
}

interface AppErrorOptions {
  /** Whether the same request may succeed later: queues read it. */
  retry: boolean;
  /** A sentence for the caller; never holds a secret. */
  detail: string;
  errors?: FieldError[];
  /** Further members of the problem document, such as `{storeId}`. */
  extra?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** A failure that its caller can understand. `retry` is mandatory, so that nobody forgets to decide it. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: (typeof STATUS_OF)[ErrorCode];
  readonly retry: boolean;
  readonly detail: string;
  readonly errors: FieldError[] | undefined;
  readonly extra: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, options: AppErrorOptions) {
    super(`${code}: ${options.detail}`);
    this.name = "AppError";
    this.code = code;
    this.status = STATUS_OF[code];
    this.retry = options.retry;
    this.detail = options.detail;
    this.errors = options.errors;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
  }
}

/** Refuses a request for one field. */
export function invalid(path: string, message: string): AppError {
  return new AppError("invalid_request", { retry: false, detail: message, errors: [{ path, message }] });
}

/** Says that a thing is not there. */
export function notFound(what: string): AppError {
  return new AppError("not_found", { retry: false, detail: `${what} is not known.` });
}
