import type { Clock, Timer } from "../../util/clock.ts";
import type { SocketHandler } from "../connection/frame_dispatcher.ts";
import type { ServerSocket } from "../connection/frame_socket.ts";
import type { LocalService } from "../service/local_service.ts";
import { internalsOf } from "../service/service_internals.ts";
import { ProxiedSocket } from "./proxied_socket.ts";
import { ProxyLog } from "./proxy_log.ts";
import type { ProxyAction } from "./proxy_rule.ts";
import { RuleBook } from "./rule_book.ts";

/** A proxy between clients and a service: it passes on everything that no rule changes. */
export class ProxySession {
  /** The rules. */
  readonly rules = new RuleBook();
  /** The log. */
  readonly log: ProxyLog;
  readonly #service: LocalService;
  readonly #sockets = new Set<ProxiedSocket>();
  readonly #waiting = new Map<Timer, () => void>();

  /** @param service The service behind the proxy. */
  constructor(service: LocalService) {
    this.#service = service;
    this.log = new ProxyLog(service.clock);
  }

  /** Handles a request. If it throws, the connection must break. */
  async handle(request: Request): Promise<Response> {
    const { method, headers } = request;
    const url = new URL(request.url);
    const rule = this.rules.first({ type: "http_request", method, url });
    const ruleMatched = rule?.name ?? null;
    this.log.add({
      type: "http_request",
      method,
      path: url.pathname,
      headers: Object.fromEntries(headers),
      ruleMatched,
    });
    const action = rule?.action;
    if (action?.type === "http_delay" || action?.type === "delay") {
      await this.#delay(action.delayMs);
    } else if (action !== undefined && DROPPING.has(action.type)) {
      throw new TypeError("The connection was broken on purpose");
    }
    const response = action?.type === "http_respond"
      ? answer(action)
      : await internalsOf(this.#service).handle(request);
    this.log.add({ type: "http_response", status: response.status, ruleMatched });
    return response;
  }

  /** Decides whether a WebSocket may open, and returns its handler. */
  async admit(url: URL): Promise<((socket: ServerSocket) => SocketHandler) | undefined> {
    const rule = this.rules.first({ type: "ws_connect", url });
    this.log.add({
      type: "ws_connect",
      url: url.href,
      queryParams: Object.fromEntries(url.searchParams),
      ruleMatched: rule?.name ?? null,
    });
    if (rule?.action.type === "refuse_connection") return undefined;
    if (rule?.action.type === "delay") await this.#delay(rule.action.delayMs);
    return (client) => {
      const socket = new ProxiedSocket(client, url, {
        rules: this.rules,
        log: this.log,
        clock: this.#service.clock,
        connect: () => new this.#service.WebSocket(url),
        gone: (socket) => this.#sockets.delete(socket),
      });
      this.#sockets.add(socket);
      socket.start(rule);
      for (const due of this.rules.all({ type: "delay_after_ws_connect", url })) {
        socket.later(due.delayMs, () => socket.act(due.action, due.name));
      }
      return socket;
    };
  }

  /** Performs an action on every open WebSocket. */
  act(action: ProxyAction): void {
    for (const socket of [...this.#sockets]) socket.act(action, null);
  }

  /** Breaks all connections, and ends all waits. */
  close(): void {
    for (const socket of [...this.#sockets]) socket.act(CLOSING, null);
    for (const [timer, resume] of this.#waiting) {
      this.#clock.clearTimeout(timer);
      resume();
    }
    this.#waiting.clear();
  }

  get #clock(): Clock {
    return this.#service.clock;
  }

  #delay(milliseconds: number): Promise<void> {
    return new Promise((resume) => {
      const timer = this.#clock.setTimeout(() => {
        this.#waiting.delete(timer);
        resume();
      }, milliseconds);
      this.#waiting.set(timer, resume);
    });
  }
}

const DROPPING = new Set<ProxyAction["type"]>([
  "http_drop",
  "refuse_connection",
  "disconnect",
  "close",
  "suppress",
]);

const CLOSING: ProxyAction = {
  type: "close",
  closeCode: 1000,
  delayMs: 0,
  status: 200,
  headers: {},
};

function answer({ status, body, headers }: ProxyAction): Response {
  const empty = status === 204 || status === 205 || status === 304;
  if (body === undefined || empty) return new Response(null, { status, headers });
  if (typeof body === "string") return new Response(body, { status, headers });
  const given = { "Content-Type": "application/json", ...headers };
  return new Response(JSON.stringify(body), { status, headers: given });
}
