import type { LoopbackWebSocketClass } from "./local_service.ts";
import type { ServiceCore } from "./service_core.ts";
import type { ConnectEffect } from "../faults/fault.ts";
import { SERVICE_CLOSED } from "../core/service_error.ts";
import { serveSocket, type SocketHandler } from "../connection/frame_dispatcher.ts";
import { isBinary, toBytes } from "../../util/bytes.ts";

/** The data of a loopback WebSocket: text, or binary data in the chosen form. */
type Frame = string | Uint8Array<ArrayBuffer>;

type Handler = ((event: Event) => void) | null;

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const REFUSE: ConnectEffect = { refuse: true };

/** Makes the `WebSocket` class of a service. */
export function loopbackWebSocket(core: ServiceCore): LoopbackWebSocketClass {
  class BoundWebSocket extends LoopbackWebSocket {
    constructor(url: string | URL) {
      super(core, url);
    }
  }
  // The members that only the type requires are on the prototype, or have no meaning without a network.
  return BoundWebSocket as unknown as LoopbackWebSocketClass;
}

/** A WebSocket without a network. Frames arrive in order, after a promise job. */
class LoopbackWebSocket extends EventTarget {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  readonly CONNECTING = CONNECTING;
  readonly OPEN = OPEN;
  readonly CLOSING = CLOSING;
  readonly CLOSED = CLOSED;
  readonly url: string;
  readonly protocol = "";
  readonly extensions = "";
  readonly bufferedAmount = 0;
  binaryType: BinaryType = "blob";
  onopen: Handler = null;
  onmessage: Handler = null;
  onerror: Handler = null;
  onclose: Handler = null;
  readonly #core: ServiceCore;
  #state = CONNECTING;
  #session: SocketHandler | undefined;

  constructor(core: ServiceCore, address: string | URL) {
    super();
    this.#core = core;
    if (!dispatchCallsHandlers()) {
      for (const type of ["open", "message", "error", "close"] as const) {
        this.addEventListener(type, (event) => this[`on${type}`]?.(event));
      }
    }
    const url = new URL(address);
    if (!/^(ws|http)s?:$/.test(url.protocol)) {
      throw new DOMException(`The URL scheme "${url.protocol}" is not supported`, "SyntaxError");
    }
    this.url = url.href;
    queueMicrotask(() => this.#connect(url));
  }

  get readyState(): number {
    return this.#state;
  }

  send(data: string | Blob | BufferSource): void {
    if (this.#state === CONNECTING) {
      throw new DOMException("The WebSocket is still connecting", "InvalidStateError");
    }
    if (this.#state !== OPEN) return;
    if (data instanceof Blob) {
      throw new DOMException("The loopback WebSocket does not send blobs", "NotSupportedError");
    }
    // A copy, because the caller may change its buffer at once.
    const frame = isBinary(data) ? toBytes(data).slice() : String(data);
    queueMicrotask(() => {
      if (this.#state === OPEN) this.#session?.receive(frame);
    });
  }

  close(code?: number, _reason?: string): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException(`The close code ${code} is not permitted`, "InvalidAccessError");
    }
    if (this.#state >= CLOSING) return;
    const opened = this.#state === OPEN;
    this.#state = CLOSING;
    queueMicrotask(() => {
      this.#session?.closed();
      this.#finish(opened ? code ?? 1005 : 1006, { failed: !opened });
    });
  }

  #connect(url: URL): void {
    if (this.#state !== CONNECTING) return;
    const fault = this.#core.closed ? REFUSE : this.#core.faults.forConnect(url);
    if (fault !== undefined && "hang" in fault) {
      this.#core.later(Infinity, () => this.#finish(1006, { failed: true }));
      return;
    }
    if (fault !== undefined && "refuse" in fault) return this.#finish(1006, { failed: true });
    if (fault !== undefined && "delay" in fault) {
      this.#core.later(fault.delay, () => this.#open(url));
    } else this.#open(url, fault);
  }

  #open(url: URL, fault?: ConnectEffect): void {
    if (this.#state !== CONNECTING) return;
    if (this.#core.closed) return this.#finish(1006, { failed: true });
    this.#state = OPEN;
    this.dispatchEvent(new Event("open"));
    this.#session = serveSocket(this.#core, { url, fault }, {
      send: (frame) => queueMicrotask(() => this.#receive(frame)),
      close: (code, reason) =>
        queueMicrotask(() => this.#finish(code ?? 1006, { failed: code === undefined, reason })),
    });
  }

  #receive(frame: Frame): void {
    if (this.#state !== OPEN) return;
    this.dispatchEvent(new MessageEvent("message", { data: this.#inChosenForm(frame) }));
  }

  #inChosenForm(frame: Frame): string | ArrayBuffer | Blob {
    if (typeof frame === "string") return frame;
    // A copy, because other clients receive the same bytes.
    return this.binaryType === "arraybuffer" ? frame.slice().buffer : new Blob([frame]);
  }

  #finish(code: number, how: { failed: boolean; reason?: string }): void {
    if (this.#state === CLOSED) return;
    this.#state = CLOSED;
    if (how.failed) this.dispatchEvent(errorEvent(this.#core.closed ? SERVICE_CLOSED : ""));
    this.dispatchEvent(closeEvent(code, how.reason ?? "", !how.failed));
  }
}

/** An error event. Those of most runtimes have a message, too. */
function errorEvent(message: string): Event {
  return Object.assign(new Event("error"), { message });
}

function closeEvent(code: number, reason: string, wasClean: boolean): Event {
  if (typeof CloseEvent === "function") {
    return new CloseEvent("close", { code, reason, wasClean });
  }
  return Object.assign(new Event("close"), { code, reason, wasClean });
}

/**
 * Whether the runtime calls `on…` properties when an event is dispatched: workerd does for any `EventTarget`, others do not.
 */
function dispatchCallsHandlers(): boolean {
  let called = false;
  const target = Object.assign(new EventTarget(), { onprobe: () => called = true });
  target.dispatchEvent(new Event("probe"));
  return called;
}
