import type { Codec } from "../../protocol/codec.ts";
import { jsonCodec } from "../../protocol/json_codec.ts";
import { msgpackCodec } from "../../protocol/msgpack_codec.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { isBinary, toBytes } from "../../util/bytes.ts";
import type { Clock, Timer } from "../../util/clock.ts";
import type { SocketHandler } from "../connection/frame_dispatcher.ts";
import type { ServerSocket } from "../connection/frame_socket.ts";
import type { ProxyAction } from "./proxy_rule.ts";
import type { ProxyLog } from "./proxy_log.ts";
import type { Due, RuleBook } from "./rule_book.ts";

type Frame = string | Uint8Array<ArrayBuffer>;
type Direction = "client_to_server" | "server_to_client";
type Side = "client" | "server" | "proxy";

/** The parts that a proxied WebSocket uses. */
export interface ProxiedSocketSources {
  readonly rules: RuleBook;
  readonly log: ProxyLog;
  readonly clock: Clock;
  /** Connects to the service. */
  connect(): WebSocket;
  /** Called when the WebSocket has closed. */
  gone(socket: ProxiedSocket): void;
}

const ABNORMAL_CLOSURE = 1006;
const NO_STATUS = 1005;

/** One WebSocket of a client, and the corresponding one to the service. */
export class ProxiedSocket implements SocketHandler {
  readonly #client: ServerSocket;
  readonly #sources: ProxiedSocketSources;
  readonly #codec: Codec;
  readonly #muted = new Set<Direction>();
  /** The frames that wait behind a delayed one. */
  readonly #held = new Map<Direction, Frame[]>();
  readonly #timers = new Set<Timer>();
  /** The frames that arrived before the service accepted the connection. */
  #early: Frame[] | undefined = [];
  #server: WebSocket | undefined;
  #open = true;

  constructor(client: ServerSocket, url: URL, sources: ProxiedSocketSources) {
    this.#client = client;
    this.#sources = sources;
    this.#codec = url.searchParams.get("format") === "msgpack" ? msgpackCodec : jsonCodec;
  }

  /** Connects to the service, unless a rule for the connection forbids it. */
  start(rule: Due | undefined): void {
    const type = rule?.action.type;
    const ends = type === "accept_and_close" || type === "close" || type === "disconnect" ||
      type === "inject_to_client_and_close";
    if (!ends) this.#connect();
    if (rule !== undefined) this.act(rule.action, rule.name);
  }

  receive(data: unknown): void {
    if (!isBinary(data) && typeof data !== "string") return;
    this.#pass("client_to_server", isBinary(data) ? toBytes(data) : data);
  }

  closed(code?: number): void {
    this.#end("client", code ?? NO_STATUS);
  }

  /** Performs an action on the connection. */
  act(action: ProxyAction, name: string | null): void {
    switch (action.type) {
      case "disconnect":
        return this.#end("proxy", ABNORMAL_CLOSURE);
      case "close":
      case "accept_and_close":
        return this.#end("proxy", action.closeCode);
      case "inject_to_client":
        return this.#inject(action.message!, name);
      case "inject_to_client_and_close":
        this.#inject(action.message!, name);
        return this.#end("proxy", action.closeCode);
      case "suppress":
      case "suppress_onwards":
        this.#muted.add("server_to_client");
        return;
    }
  }

  /** Calls back later, unless the connection has closed by then. */
  later(delay: number, callback: () => void): void {
    if (!this.#open) return;
    const timer = this.#sources.clock.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, delay);
    this.#timers.add(timer);
  }

  #connect(): void {
    const server = this.#sources.connect();
    this.#server = server;
    server.binaryType = "arraybuffer";
    server.addEventListener("open", () => {
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const frame of early) server.send(frame);
    });
    server.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.#pass("server_to_client", data);
      else if (isBinary(data)) this.#pass("server_to_client", toBytes(data));
    });
    server.addEventListener("close", ({ code }) => this.#end("server", code));
  }

  #pass(direction: Direction, frame: Frame): void {
    if (!this.#open) return;
    const held = this.#held.get(direction);
    if (held !== undefined) return void held.push(frame);
    const message = this.#decode(frame);
    const type = direction === "client_to_server" ? "ws_frame_to_server" : "ws_frame_to_client";
    const rule = this.#sources.rules.first({ type, message });
    this.#record(direction, message ?? frame, rule?.name ?? null);
    if (this.#muted.has(direction)) return;
    if (rule === undefined) this.#forward(direction, frame);
    else this.#apply(rule, direction, frame);
  }

  #apply({ action, name }: Due, direction: Direction, frame: Frame): void {
    switch (action.type) {
      case "suppress":
        return;
      case "suppress_onwards":
        this.#muted.add(direction);
        return;
      case "delay":
        return this.#hold(direction, frame, action.delayMs);
      case "replace":
        return this.#forward(direction, this.#encode(action.message!));
      case "inject_to_client":
        this.#forward(direction, frame);
        return this.act(action, name);
      case "disconnect":
      case "close":
      case "accept_and_close":
      case "inject_to_client_and_close":
        return this.act(action, name);
      case "refuse_connection":
        return this.#end("proxy", ABNORMAL_CLOSURE);
      default:
        return this.#forward(direction, frame);
    }
  }

  /** Delays a frame. Later frames must not overtake it. */
  #hold(direction: Direction, frame: Frame, delay: number): void {
    const held: Frame[] = [];
    this.#held.set(direction, held);
    this.later(delay, () => {
      this.#held.delete(direction);
      this.#forward(direction, frame);
      for (const each of held) this.#pass(direction, each);
    });
  }

  #inject(message: ProtocolMessage, name: string | null): void {
    this.#record("server_to_client", message, name);
    this.#forward("server_to_client", this.#encode(message));
  }

  #forward(direction: Direction, frame: Frame): void {
    if (!this.#open) return;
    if (direction === "server_to_client") this.#client.send(frame);
    else if (this.#early !== undefined) this.#early.push(frame);
    else this.#server?.send(frame);
  }

  #end(initiator: Side, code: number): void {
    if (!this.#open) return;
    this.#open = false;
    for (const timer of this.#timers) this.#sources.clock.clearTimeout(timer);
    this.#timers.clear();
    this.#sources.log.add({ type: "ws_disconnect", initiator, closeCode: code });
    if (initiator !== "server") this.#server?.close();
    if (initiator !== "client") this.#client.close(...(mayBeSent(code) ? [code] : []));
    this.#sources.gone(this);
  }

  #record(direction: Direction, message: unknown, ruleMatched: string | null): void {
    this.#sources.log.add({ type: "ws_frame", direction, message, ruleMatched });
  }

  #decode(frame: Frame): ProtocolMessage | undefined {
    try {
      const value = this.#codec.decode(frame) as ProtocolMessage | null;
      return typeof value?.action === "number" ? value : undefined;
    } catch {
      return undefined;
    }
  }

  #encode(message: ProtocolMessage): Frame {
    return this.#codec.encode(message);
  }
}

/** Whether a WebSocket permits this close code. */
function mayBeSent(code: number): boolean {
  return code === 1000 || (code >= 3000 && code <= 4999);
}
