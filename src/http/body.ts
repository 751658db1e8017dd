import type { Codec } from "../protocol/codec.ts";
import { toBase64, utf8 } from "../util/bytes.ts";
import { readAtMost } from "../util/read_body.ts";
import { ErrorCode } from "../error_codes.ts";
import { type ErrorInfo, fault } from "../errors.ts";

/** How much of a body that can't be read goes into the error (RSC8e). */
const EXCERPT_BYTES = 512;

/** The media type of a response, in lower case and without parameters; empty if it has none. */
export function mediaType(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/**
 * Reads and decodes a body by its own content type, whatever was asked for (RSC8d).
 *
 * @param response The response, its body not yet read.
 * @param codecs The formats that can be read.
 * @param asked The one that was asked for.
 * @returns The value; `undefined` for an empty body.
 * @throws {ErrorInfo} The status of the response, or 40013 where that is below 400, if the body is of another type or
 * not what its type says (RSC8e).
 */
export async function decodeBody(
  response: Response,
  codecs: readonly Codec[],
  asked?: Codec,
): Promise<unknown> {
  const type = mediaType(response.headers);
  // An answer that does not say what it is, is taken for what was asked for (RSF1).
  const codec = type === "" ? asked : codecs.find(({ contentType }) => contentType === type);
  if (codec === undefined) {
    const excerpt = (await readAtMost(response, EXCERPT_BYTES)).bytes;
    if (excerpt.byteLength === 0) return undefined;
    throw unreadable(response, excerpt, `its content type "${type}" is not supported`);
  }
  const data = codec.format === "json"
    ? await response.text()
    : new Uint8Array(await response.arrayBuffer());
  if (data.length === 0) return undefined;
  try {
    return codec.decode(data);
  } catch {
    const bytes = typeof data === "string" ? utf8(data) : data;
    throw unreadable(
      response,
      bytes.subarray(0, EXCERPT_BYTES),
      `its body is not ${codec.contentType}`,
    );
  }
}

function unreadable({ status }: Response, excerpt: Uint8Array, why: string): ErrorInfo {
  const body = `The body begins, in base64: ${toBase64(excerpt)}`;
  return fault(
    status >= 400 ? status * 100 : ErrorCode.InvalidMessageData,
    `The answer with status ${status} can't be read: ${why}. ${body}`,
    "Check that the endpoint is Ably's, and that nothing in between, such as a proxy, answers in its place.",
    { statusCode: status >= 400 ? status : 400 },
  );
}

/** Lets go of a body that nobody reads: an unread one holds its connection. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}
