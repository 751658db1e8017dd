import type { ClientContext } from "../../client/context.ts";
import { refusedByRuntime } from "../../http/runtime_refusal.ts";

/**
 * Cloudflare Workers refuse all I/O outside of a request. To be called while the caller can still get the error.
 *
 * @throws {ErrorInfo} 40000 where the runtime allows no connection.
 */
export function checkRuntime({ options: { random } }: ClientContext): void {
  try {
    new AbortController();
    random.bytes(1);
  } catch (cause) {
    // Of an uncaught error, Workers print only the message, so the message itself says where a connection may be opened.
    throw refusedByRuntime("open a connection outside of a request or a Durable Object", { cause });
  }
}
