import { errorFromWire, ErrorInfo } from "../errors.ts";
import { discard, mediaType } from "../http/body.ts";
import { errorCodeOf } from "../http/http_client.ts";
import { fromUtf8 } from "../util/bytes.ts";
import type { Clock } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";
import { excerptOf, redact } from "../util/redact.ts";
import { readAtMost } from "../util/read_body.ts";
import { badToken, MAX_TOKEN_BYTES, providerFailed, tooLarge } from "./provider_failure.ts";

/**
 * The limits for reading the body of a refusal, in bytes and in milliseconds. They are small, because the body only explains
 * the status.
 */
const REFUSAL_BYTES = 16 * 1024;
const REFUSAL_TIME = 1_000;

/**
 * Reads the response of an `authUrl` (RSA8c, RSA4f).
 *
 * @param response The response, its body not yet read.
 * @param how The clock, the URL as errors name it, and the values that were sent. The response may repeat them, and errors must
 * not show them.
 * @throws {ErrorInfo} 40170 if the status is not a success, or the content type is not one for tokens.
 */
export async function readAuthUrlAnswer(
  response: Response,
  how: { clock: Clock; secrets: readonly string[]; name: string },
): Promise<unknown> {
  if (!response.ok) throw await refusalError(response, how);
  const type = mediaType(response.headers);
  if (!["application/json", "text/plain", "application/jwt"].includes(type)) {
    discard(response);
    throw badToken(
      "authUrl",
      `the content type "${excerptOf(type)}"`,
      "Answer with application/json, or with text/plain or application/jwt for the token alone.",
    );
  }
  const { bytes, isAll } = await readAtMost(response, MAX_TOKEN_BYTES);
  if (!isAll) throw tooLarge("authUrl");
  const text = fromUtf8(bytes);
  if (type !== "application/json") return text.trim();
  try {
    return JSON.parse(text);
  } catch {
    throw badToken("authUrl", "a body that is not JSON, although its content type says so");
  }
}

/**
 * RSA4d: status 403 is passed on, whether it is that of the response or of the error in the body, because realtime treats it
 * differently.
 */
async function refusalError(
  response: Response,
  { clock, secrets, name }: Parameters<typeof readAuthUrlAnswer>[1],
): Promise<ErrorInfo> {
  const { status, headers } = response;
  const { error, words } = wordsOf(
    await refusalText(response, clock),
    headers.get("x-ably-errormessage"),
  );
  const said = words && excerptOf(redact(words, secrets));
  const refusal = `The ${name} answered with status ${status}${said && `: "${said}"`}`;
  const cause = errorFromWire({ ...error, message: said }, {
    message: refusal,
    code: errorCodeOf(headers) ?? status * 100, // As in `ably`, for a server that passes on Ably's refusal.
    statusCode: status,
  });
  return providerFailed(refusal, {
    cause: status === 403 ? new ErrorInfo({ ...cause.toJSON(), statusCode: 403 }) : cause,
    remediation: status >= 500
      ? "See the log of the server behind the authUrl."
      : "Check the URL, and the credentials that it expects in authHeaders or authParams.",
  });
}

/** The beginning of the body of a refusal; empty if it breaks off or takes too long. */
async function refusalText(response: Response, clock: Clock): Promise<string> {
  const type = mediaType(response.headers);
  if (type !== "application/json" && !type.startsWith("text/")) {
    discard(response);
    return "";
  }
  try {
    const { bytes } = await withDeadline(
      (signal) => readAtMost(response, REFUSAL_BYTES, signal),
      { clock, timeout: REFUSAL_TIME },
    );
    const text = fromUtf8(bytes);
    return type === "text/html"
      ? text.replace(/<(script|style)\b[^]*?<\/\1>|<[^>]*>/gi, " ")
      : text;
  } catch {
    return "";
  }
}

/** The error in a body, in Ably's form or in other common forms; `header` is the message that the headers have. */
function wordsOf(text: string, header: string | null): { error: object; words: string } {
  try {
    const body = JSON.parse(text);
    const error = typeof body?.error === "object" ? body.error : {};
    const candidates = [
      error?.message,
      header,
      body?.error_description,
      body?.message,
      body?.error,
      body,
    ];
    const words = candidates.find((value) => typeof value === "string" && value !== "") ?? "";
    return { error: error ?? {}, words };
  } catch {
    return { error: {}, words: header || text };
  }
}
