import type { Problem } from "../api";

/** A question that was not answered; `code` is what one quotes to support. */
export class Unanswered extends Error {
  readonly code: string;
  readonly requestId: string | null;
  readonly status: number | null;

  constructor(message: string, code: string, requestId: string | null, status: number | null) {
    super(message);
    this.code = code;
    this.requestId = requestId;
    this.status = status;
  }
}

export const UNREACHABLE = "unreachable";

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}

interface Reply<T> {
  data?: T | undefined;
  error?: unknown;
  response?: Response | undefined;
}

/** Return what was asked for, or throw an `Unanswered` that says why not. */
export async function answered<T>(asking: Promise<Reply<T>>): Promise<T> {
  const { data, error, response } = await asking;
  if (error instanceof DOMException && error.name === "AbortError") throw error;
  if (response?.ok && data !== undefined) return data;
  if (isProblem(error)) {
    throw new Unanswered(error.message, error.code, error.request_id, response?.status ?? null);
  }
  const id = response?.headers.get("x-request-id") ?? null;
  if (response) throw new Unanswered("", `http_${String(response.status)}`, id, response.status);
  throw new Unanswered("", UNREACHABLE, null, null);
}
