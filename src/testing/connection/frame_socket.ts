import type { Format } from "../../encoding/chain.ts";
import type { Codec } from "../../protocol/codec.ts";
import { jsonCodec } from "../../protocol/json_codec.ts";
import { msgpackCodec } from "../../protocol/msgpack_codec.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage, WireError } from "../../protocol/protocol_message.ts";
import { isBinary, toBytes } from "../../util/bytes.ts";
import type { Timer } from "../../util/clock.ts";
import type { FrameEffect } from "../faults/fault.ts";
import { oldMessage, VERSION_OBJECTS } from "../core/old_message.ts";
import { isTooDeep } from "../core/depth.ts";
import { toErrorInfo, toWireError } from "../core/service_error.ts";
import { chosenError } from "../core/known_errors.ts";
import type { ServiceCore } from "../service/service_core.ts";
import { OutgoingFrame } from "./outgoing_frame.ts";

/** The server's end of a WebSocket, on any runtime. */
export interface ServerSocket {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Closes with a code; without one, breaks the connection. */
  close(code?: number, reason?: string): void;
  /** Sends a WebSocket ping, if the runtime can. */
  ping?(): void;
  /** The delay of the response to a ping, in milliseconds, so that a measured time is never zero. */
  readonly pongDelay?: number;
  /** Whether it is the body of an HTTP response, which the log has as a request and not as a WebSocket. */
  readonly isHttp?: boolean;
}

/** The receiver of a frame socket's events. */
export interface FrameSocketSink {
  /** Called with each frame that arrives. */
  message(message: ProtocolMessage): void;
  /** Called when data arrives that is not a frame. */
  malformed(): void;
  /** Called when the WebSocket has closed. */
  closed(): void;
}

/** The largest frame, in bytes (CD2d). */
export const MAX_FRAME_SIZE = 524_288;

type Direction = "in" | "out";

/** One WebSocket: turns bytes into frames and back, writes the log, and applies faults. */
export class FrameSocket {
  readonly id: number;
  readonly format: Format;
  connectionId: string | undefined;
  /** When a frame was last sent, in milliseconds since the Unix epoch. */
  lastSent = 0;
  readonly #core: ServiceCore;
  readonly #codec: Codec;
  readonly #socket: ServerSocket;
  readonly #held: Record<Direction, ProtocolMessage[] | undefined> = {
    in: undefined,
    out: undefined,
  };
  readonly #timers = new Set<Timer>();
  #listener: FrameSocketSink | undefined;
  #open = true;
  #hanging = false;
  /** Whether the client uses a version of the protocol with another form of messages. */
  readonly #isOld: boolean;

  constructor(core: ServiceCore, url: URL, socket: ServerSocket) {
    this.#core = core;
    this.#socket = socket;
    this.id = core.nextSocket();
    this.#isOld = Number(url.searchParams.get("v") ?? VERSION_OBJECTS) < VERSION_OBJECTS;
    this.#codec = url.searchParams.get("format") === "msgpack" ? msgpackCodec : jsonCodec;
    this.format = this.#codec.format;
    if (socket.isHttp) return;
    core.log.add({
      type: "connect",
      at: core.timers.now(),
      socket: this.id,
      url,
      params: Object.fromEntries(url.searchParams),
    });
  }

  get open(): boolean {
    return this.#open;
  }

  get pongDelay(): number {
    return this.#socket.pongDelay ?? 0;
  }

  listen(listener: FrameSocketSink): void {
    this.#listener = listener;
  }

  /** Handles data that the WebSocket received. */
  receive(data: unknown): void {
    if (!this.#open || this.#hanging) return;
    const message = this.#decode(data);
    if (message === undefined) this.#listener?.malformed();
    else this.#guarded(() => this.#pass("in", message));
  }

  /** Sends a frame. */
  send(message: ProtocolMessage | OutgoingFrame): void {
    if (!this.#open || this.#hanging) return;
    this.#guarded(() => {
      if (message instanceof OutgoingFrame) this.#pass("out", message.message, message);
      else this.#pass("out", message);
    });
  }

  /** Sends a frame to which no fault applies. */
  inject(message: ProtocolMessage): void {
    if (this.#open) this.#transmit(message);
  }

  /** Sends a WebSocket ping. Returns whether the runtime can. */
  ping(): boolean {
    if (this.#socket.ping === undefined) return false;
    if (this.#open && !this.#hanging) this.#socket.ping();
    this.lastSent = this.#core.timers.now();
    return true;
  }

  close(code = 1000, reason = ""): void {
    this.#end("service", () => this.#socket.close(code, reason));
  }

  /** Breaks the WebSocket without a closing handshake. */
  drop(): void {
    this.#end("service", () => this.#socket.close());
  }

  /** Loses all frames in both directions from now on. */
  hang(): void {
    this.#hanging = true;
  }

  /** Handles the end of the WebSocket. */
  closed(): void {
    this.#end("client", () => {});
  }

  /** Calls back later, unless the WebSocket has closed by then. */
  later(delay: number, callback: () => void): Timer {
    const timer = this.#core.timers.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, delay);
    this.#timers.add(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    this.#core.timers.clearTimeout(timer);
    this.#timers.delete(timer);
  }

  #end(by: "client" | "service", close: () => void): void {
    if (!this.#open) return;
    this.#open = false;
    for (const timer of this.#timers) this.#core.timers.clearTimeout(timer);
    this.#timers.clear();
    if (!this.#socket.isHttp) {
      this.#core.log.add({ type: "close", at: this.#core.timers.now(), socket: this.id, by });
    }
    close();
    this.#listener?.closed();
  }

  #decode(data: unknown): ProtocolMessage | undefined {
    const binary = isBinary(data);
    if (!binary && typeof data !== "string") return undefined;
    const length = binary ? data.byteLength : data.length;
    if (length > MAX_FRAME_SIZE) return undefined;
    try {
      const value = this.#codec.decode(binary ? toBytes(data) : data) as ProtocolMessage | null;
      return typeof value?.action === "number" && !isTooDeep(value, length) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  #pass(direction: Direction, message: ProtocolMessage, frame?: OutgoingFrame): void {
    const held = this.#held[direction];
    if (held !== undefined) return void held.push(message);
    const effect = this.#core.faults.forFrame(direction, message, this.connectionId);
    if (effect === undefined) this.#handOver(direction, message, frame);
    else this.#applyFault(direction, message, effect);
  }

  /** Handles a frame. If that fails, it ends this connection, and neither the process nor the frames of other connections. */
  #guarded(handle: () => void): void {
    try {
      handle();
    } catch (thrown) {
      if (!this.#open) return;
      try {
        const error = toWireError(toErrorInfo(thrown));
        this.#socket.send(this.#codec.encode({ action: Action.Error, error }) as string);
      } finally {
        this.close();
      }
    }
  }

  #handOver(direction: Direction, message: ProtocolMessage, frame?: OutgoingFrame): void {
    if (direction === "out") return this.#transmit(message, frame);
    this.#record("in", message);
    this.#listener?.message(message);
  }

  #transmit(message: ProtocolMessage, frame: OutgoingFrame = new OutgoingFrame(message)): void {
    this.lastSent = this.#core.timers.now();
    if (this.#isOld && message.messages !== undefined) frame = oldFrame(message);
    this.#record("out", frame.inFormat(this.format));
    this.#socket.send(frame.encoded(this.format));
  }

  #record(direction: Direction, message: ProtocolMessage, swallowed?: true): void {
    this.#core.log.add({
      type: "frame",
      at: this.#core.timers.now(),
      socket: this.id,
      direction,
      message,
      ...(swallowed && { swallowed }),
    });
  }

  #applyFault(direction: Direction, message: ProtocolMessage, effect: FrameEffect): void {
    if ("before" in effect || "after" in effect) {
      if ("before" in effect) { for (const item of effect.before) this.#handOver(direction, item); }
      this.#handOver(direction, message);
      if ("after" in effect) { for (const item of effect.after) this.#handOver(direction, item); }
      return;
    }
    if ("replace" in effect) {
      const { replace } = effect;
      const other = typeof replace === "function" ? replace(message) : replace;
      return this.#handOver(direction, other);
    }
    if ("delay" in effect) return this.#hold(direction, message, effect.delay);
    this.#record(direction, message, true);
    if ("error" in effect) return this.#refuse(message, chosenError(effect.error));
    if ("drop" in effect) this.drop();
    else if ("close" in effect) this.close(effect.close);
    else if ("hang" in effect) this.hang();
  }

  /** Answers a frame with an error in the form that its sender expects. */
  #refuse({ msgSerial, channel }: ProtocolMessage, error: WireError): void {
    if (msgSerial !== undefined) {
      return this.#transmit({ action: Action.Nack, msgSerial, count: 1, error });
    }
    this.#transmit({ action: Action.Error, ...(channel !== undefined && { channel }), error });
    if (channel === undefined) this.close();
  }

  /** Delays a direction for a while: later frames must not overtake. */
  #hold(direction: Direction, message: ProtocolMessage, delay: number): void {
    const held: ProtocolMessage[] = [];
    this.#held[direction] = held;
    this.later(delay, () => {
      this.#held[direction] = undefined;
      this.#handOver(direction, message);
      for (const item of held) this.#pass(direction, item);
    });
  }
}

function oldFrame(message: ProtocolMessage): OutgoingFrame {
  return new OutgoingFrame({ ...message, messages: message.messages?.map(oldMessage) });
}
