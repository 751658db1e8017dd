import type { WebSocketConstructor } from "../../client/client_options.ts";
import type { ErrorInfo } from "../../errors.ts";
import { checkFrameSize } from "../../http/limits.ts";
import { actionName } from "../../protocol/actions.ts";
import { checkFrame, type FrameFaultSink } from "../../protocol/checked_frame.ts";
import type { Codec } from "../../protocol/codec.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { toBytes } from "../../util/bytes.ts";
import type { Clock } from "../../util/clock.ts";
import { printable } from "../../util/printable.ts";
import { describeError, type Logger } from "../../util/logger.ts";
import { currentRequestScope } from "../../util/request_scope.ts";
import { because, redact, redacted, secretsOf } from "../../util/redact.ts";
import { disconnected } from "./connection_errors.ts";
import { FrameQueue } from "./frame_queue.ts";
import type { Transport, TransportSink } from "./transport.ts";

/** `WebSocket.CLOSING` and `CLOSED`, which a constructor from the options need not have. */
const CLOSING = 2;
const CLOSED = 3;
/** The time that the peer may take to answer the close frame, in milliseconds. */
const CLOSE_TIMEOUT = 1_000;

type EncodedFrame = string | Uint8Array<ArrayBuffer>;

/** The options of {@linkcode WebSocketTransport}. A client's resolved options include them. */
export interface WebSocketTransportOptions {
  /** Looks up the constructor of WebSockets. */
  webSocket(): WebSocketConstructor | undefined;
  /** Reads and writes frames. */
  codec: Codec;
  /** Writes the log. */
  logger: Logger;
  /** The clock. */
  clock: Clock;
}

/**
 * A transport over the standard `WebSocket` (RTN1). Runtimes differ in how they report a failure: an `error` event, a
 * `close` event, either or both, with close code 0, 1005 or 1006. Here it is one call of `onClose`.
 */
export class WebSocketTransport implements Transport {
  listener: TransportSink;
  /** Bun, and `ws`, can end a socket without a closing handshake. */
  readonly #socket: WebSocket & { terminate?: () => void };
  readonly #url: string;
  readonly #codec: Codec;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #frames = new FrameQueue((frame) => this.#handle(frame));
  #isOver = false;
  #isOpen = false;
  readonly #onFault: FrameFaultSink = (fault, frame) =>
    this.#logger.error(() => `${describe(frame)}: ${fault}`);
  /** The request that may use the socket, on Workers. */
  readonly #scope = currentRequestScope();
  /** The number of frames that wait to be sent by the request that owns the socket. */
  #handedOver = 0;

  /**
   * @param url The host to connect to.
   * @param listener The receiver of frames.
   * @param options The options of the client.
   * @throws If the runtime has no WebSocket, or does not let one be made now.
   */
  constructor(url: string, listener: TransportSink, options: WebSocketTransportOptions) {
    const WebSocket = options.webSocket();
    if (WebSocket === undefined) throw new Error("This runtime has no WebSocket");
    this.listener = listener;
    this.#codec = options.codec;
    this.#logger = options.logger.of("connection");
    this.#clock = options.clock;
    this.#url = url;
    this.#socket = new WebSocket(url);
    // The runtimes' defaults are blob, arraybuffer and Buffer; only one of them can be decoded at once.
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = (event) => this.#receive(event.data);
    this.#socket.onopen = () => this.#isOpen = true;
    this.#socket.onclose = (event) => this.#end(event);
    this.#socket.onerror = (event) => this.#end(event);
  }

  send(frame: ProtocolMessage, limit = Infinity): void {
    if (this.#isOver) return;
    this.#logger.trace(() => `Sending ${describe(frame)}`);
    const data = this.#codec.encode(frame);
    checkFrameSize(data, limit, "frame");
    // Later frames must not overtake one that is handed over.
    if (this.#handedOver > 0 || this.#scope?.barrier !== undefined) this.#handOver(data, frame);
    else this.#write(data, frame);
  }

  #write(data: EncodedFrame, frame: ProtocolMessage): void {
    if (this.#isOver) return;
    try {
      this.#socket.send(data);
    } catch (cause) {
      this.#endUnsendable(frame, cause);
    }
  }

  /** Workers refuse to send over a socket that another request has opened, but that one may still run and do it. */
  #handOver(data: EncodedFrame, frame: ProtocolMessage): void {
    const scope = this.#scope!;
    const { barrier } = scope;
    this.#handedOver++;
    void scope.run(() => this.#write(data, frame), this.#clock).then((isDone) => {
      this.#handedOver--;
      if (!isDone && !this.#isOver) this.#endUnsendable(frame, barrier);
    });
  }

  /** A socket that refuses to send counts as lost: the frames go over the next one (RTN19a). */
  #endUnsendable({ action }: ProtocolMessage, cause: unknown): void {
    const reason = disconnected(
      `The WebSocket to ${this.#host} refused to send ${actionName(action)}`,
      redacted(cause, secretsOf(this.#url)),
    );
    // A socket that is closing refuses too; its close event follows a moment later.
    const level = isClosing(this.#socket) ? "debug" : "error";
    this.#logger.log(level, () => `${reason.message}: ${describeError(reason.cause)}`);
    this.#fail(reason);
  }

  holdFrames(): () => void {
    return this.#frames.hold();
  }

  drop(): void {
    this.#frames.clear();
    this.#release();
  }

  #release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Ignore later events. Keep an error handler, because `ws` throws when an error event has no listener.
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.onerror = () => {};
    this.#close();
    this.#cutOffLate();
  }

  #close(): void {
    const close = () => {
      try {
        this.#socket.close();
      } catch {
        // A socket that was never opened may refuse to be closed; there is nothing left to do.
      }
    };
    if (this.#scope?.barrier === undefined) close();
    else void this.#scope.run(close, this.#clock);
  }

  /** If the peer is gone, the runtime waits a long time for its close frame and keeps the process alive: terminate earlier. */
  #cutOffLate(): void {
    const socket = this.#socket;
    if (socket.terminate === undefined || socket.readyState === CLOSED) return;
    const timer = this.#clock.setTimeout(() => socket.terminate?.(), CLOSE_TIMEOUT);
    socket.onclose = () => this.#clock.clearTimeout(timer);
  }

  #receive(data: string | ArrayBuffer | ArrayBufferView): void {
    let frame: ProtocolMessage;
    try {
      frame = this.#codec.decode(
        typeof data === "string" ? data : toBytes(data),
      ) as ProtocolMessage;
      if (typeof frame?.action !== "number") {
        throw new TypeError("A frame must be an object with an action");
      }
    } catch (cause) {
      const reason = unreadable(this.#codec, redacted(cause, secretsOf(this.#url)));
      if (!this.listener.onUnreadable?.(reason)) this.#fail(reason);
      return;
    }
    if (!checkFrame(frame, this.#onFault)) return;
    this.#logger.trace(() => `Received ${describe(frame)}`);
    this.#frames.push(frame);
  }

  #handle(frame: ProtocolMessage): void {
    try {
      this.listener.onFrame(frame);
    } catch (cause) {
      // RTC11: thrown on, it would end the process on some runtimes.
      this.#logger.error(() => `Failed to handle ${describe(frame)}: ${describeError(cause)}`);
    }
  }

  #end(event: Event): void {
    const { code, reason, error, message } = event as Partial<CloseEvent & ErrorEvent>;
    const secrets = secretsOf(this.#url);
    // 0, 1005 and 1006 mean that no close frame came; they say nothing about why.
    const isSilent = code === undefined || code === 0 || code === 1005 || code === 1006;
    const detail = isSilent ? "" : ` (close code ${code}${reason ? `: ${printable(reason)}` : ""})`;
    // Some runtimes give the reason in the event: no such host, no permission.
    const cause = redacted(error ?? (message || undefined), secrets);
    const what = this.#isOpen ? "was closed" : "could not be opened";
    this.#fail(disconnected(
      redact(`The WebSocket to ${this.#host} ${what}${detail}`, secrets) + because(cause),
      cause,
    ));
  }

  get #host(): string {
    return new URL(this.#url).host;
  }

  #fail(reason: ErrorInfo): void {
    this.#release();
    this.#frames.end(() => this.listener.onClose(reason)); // The frames that arrived earlier are handled first.
  }
}

/** Workers throw already when the state of another request's socket is read. */
function isClosing(socket: WebSocket): boolean {
  try {
    return socket.readyState === CLOSING || socket.readyState === CLOSED;
  } catch {
    return false;
  }
}

function describe(frame: ProtocolMessage): string {
  const { action, channel, msgSerial } = frame;
  return actionName(action) + (channel === undefined ? "" : ` on "${channel}"`) +
    (msgSerial === undefined ? "" : ` #${msgSerial}`);
}

function unreadable(codec: Codec, cause: unknown): ErrorInfo {
  return disconnected(
    `Failed to read a frame: it is not ${codec.format === "json" ? "JSON" : "MessagePack"}`,
    cause,
    "Check that the endpoint is Ably's and that no proxy alters WebSocket frames.",
  );
}
