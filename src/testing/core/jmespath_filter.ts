import { fromBase64Lenient, fromUtf8Strict } from "../../util/bytes.ts";
import type { StoredMessage } from "./channel_event.ts";
import { compileJmespath, isTruthy } from "./jmespath.ts";
import { ServiceCode, serviceError } from "./service_error.ts";

/** Whether a message passes the filter. */
export type MessageFilter = (message: StoredMessage) => boolean;

/**
 * Makes the filter of a derived channel.
 *
 * @param encoded The expression in base64.
 * @throws {ErrorInfo} 40010 if it is not valid.
 */
export function messageFilter(encoded: string): MessageFilter {
  const expression = compile(encoded);
  return (message) => {
    try {
      return isTruthy(expression(view(message)));
    } catch {
      return false;
    }
  };
}

function compile(encoded: string): ReturnType<typeof compileJmespath> {
  try {
    return compileJmespath(fromUtf8Strict(fromBase64Lenient(decodeURIComponent(encoded))));
  } catch (cause) {
    throw serviceError(
      ServiceCode.InvalidChannelName,
      `The filter of the channel name is invalid: ${(cause as Error).message}`,
    );
  }
}

/** The attributes of a message that a filter can use. */
function view({ name, clientId, data, encoding, extras, id, connectionId }: StoredMessage): object {
  const { headers } = (extras ?? {}) as { headers?: unknown };
  return { id, name, clientId, connectionId, data: dataOf(data, encoding), headers, extras };
}

function dataOf(data: unknown, encoding: string | null | undefined): unknown {
  return typeof data === "string" && encoding?.startsWith("json") ? JSON.parse(data) : data;
}
