// The empty routes that a system fills: schema violations become `invalid_request` with the offending fields.
import { OpenAPIHono } from "@hono/zod-openapi";
import type { ZodError } from "zod";
import { AppError } from "../errors.ts";
import type { FieldError } from "../errors.ts";
import type { AppEnv, Routes } from "../system.ts";

/** The fields that a schema refused, with the path as `networks.0.network`. */
function fieldErrors(error: Pick<ZodError, "issues">): FieldError[] {
  return error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: [...issue.path, key].map(String).join("."), message: "is not known" }))
      : [{ path: issue.path.map(String).join("."), message: issue.message }],
  );
}

/** The error of a request that its schema refuses. */
export function invalidRequest(error: Pick<ZodError, "issues">): AppError {
  const errors = fieldErrors(error);
  const first = errors[0];
  const where = first === undefined || first.path === "" ? "The request" : first.path;
  return new AppError("invalid_request", {
    retry: false,
    detail: `${where}: ${first?.message ?? "is not valid"}`,
    errors,
  });
}

/** New routes of one system. Errors are thrown; the root answers them. */
export function newRoutes(): Routes {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error);
    },
  });
}
