import type { Clock } from "../../util/clock.ts";

/** An event at the proxy. */
export type ProxyEvent =
  | {
    type: "ws_connect";
    url: string;
    queryParams: Record<string, string>;
    ruleMatched: string | null;
  }
  | {
    type: "ws_frame";
    direction: "client_to_server" | "server_to_client";
    message: unknown;
    ruleMatched: string | null;
  }
  | { type: "ws_disconnect"; initiator: "client" | "server" | "proxy"; closeCode: number }
  | {
    type: "http_request";
    method: string;
    path: string;
    headers: Record<string, string>;
    ruleMatched: string | null;
  }
  | { type: "http_response"; status: number; ruleMatched: string | null };

/** The events of one proxy session, each with its time in ISO 8601. */
export class ProxyLog {
  readonly #clock: Clock;
  readonly #events: (ProxyEvent & { timestamp: string })[] = [];

  /** @param clock The clock for the times of events. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The events, in order. */
  get events(): readonly (ProxyEvent & { timestamp: string })[] {
    return this.#events;
  }

  add(event: ProxyEvent): void {
    const timestamp = new Date(Math.floor(this.#clock.now())).toISOString();
    this.#events.push({ ...event, timestamp });
  }
}
