import type { HttpRequest, HttpSender } from "./http_message.ts";

/**
 * Sends a request.
 *
 * @returns The body of the answer.
 * @throws {ErrorInfo} The error that the service returned, or those of {@linkcode HttpSender.send}.
 */
export async function fetchBody(http: HttpSender, request: HttpRequest): Promise<unknown> {
  const { body, error } = await http.send(request);
  if (error) throw error;
  return body;
}
