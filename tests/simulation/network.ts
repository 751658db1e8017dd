import type { WebSocketConstructor } from "../../src/client/client_options.ts";
import type { LocalService } from "../../src/testing/mod.ts";
import { runtime } from "../harness.ts";
import type { Chance } from "./chance.ts";
import type { ProcessClock, VirtualClock } from "./virtual_clock.ts";

type Data = string | Uint8Array<ArrayBuffer> | ArrayBuffer;

/** The parts of the world that the network of a client is made from. */
export interface NetworkSources {
  clock: VirtualClock;
  process: ProcessClock;
  chance: Chance;
  /** The service that runs now; undefined while it restarts. */
  service(): LocalService | undefined;
  /** Called with each frame at the moment when the client sends it. */
  sent(data: Data): void;
  /** Answers requests that are not for the service. */
  answer(url: string): Promise<string> | undefined;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** The time after which a peer gives up a connection on which nothing is acknowledged, in milliseconds. */
const TCP_TIMEOUT = 60_000;

/**
 * The network between one client and the service. Its faults are those that TCP permits: no frame overtakes another.
 *
 * It hands over whole frames, one by one or several at once, but never a part of one, because a WebSocket does not do that either:
 * the runtime puts the bytes of TCP and the fragments of RFC 6455 together before it calls `onmessage`. The only code of this
 * project that sees parts is the reader of the local service on Node, which `tests/service/websocket_frames_test.ts` feeds with
 * pieces of random sizes.
 */
export class Network {
  readonly WebSocket: WebSocketConstructor;
  /** The one-way delay of frames and requests, in milliseconds. */
  latency = 5;
  /** The times at which the client opened sockets, in milliseconds since the world began. */
  readonly attempts: number[] = [];
  /** The requests that the client sent, with the host of each. */
  readonly requests: { readonly at: number; readonly host: string }[] = [];
  readonly #sources: NetworkSources;
  readonly #sockets = new Set<SimulatedSocket>();
  #reading = 0;
  /** The hosts that cannot be reached; `"*"` is all. */
  readonly #refused = new Set<string>();
  /** The times at which nothing arrived any more, in milliseconds since the world began. */
  readonly silences: number[] = [];
  /** The outages of single hosts. */
  readonly outages: { readonly host: string; readonly from: number; readonly to: number }[] = [];

  constructor(sources: NetworkSources) {
    this.#sources = sources;
    const connect = (url: string) => this.#connect(url);
    this.WebSocket = function (url: string) {
      return connect(url);
    } as unknown as WebSocketConstructor;
  }

  /** The number of sockets that the client has neither lost nor closed. */
  get live(): number {
    return [...this.#sockets].filter(({ readyState }) => readyState < CLOSING).length;
  }

  /** Breaks all sockets. Frames on their way still arrive, or not, by chance. */
  cut(): void {
    for (const socket of this.#sockets) socket.cut();
  }

  /** Nothing arrives any more in either direction, and neither end is informed. */
  silence(): void {
    this.silences.push(this.#sources.clock.elapsed);
    for (const socket of this.#sockets) socket.silence();
  }

  /** Frames wait in both directions for a while, and then arrive all at once. */
  jam(ms: number): void {
    for (const socket of this.#sockets) socket.jam(ms);
  }

  /** Sockets refuse to send from now on, as those of another request do on Workers. */
  deafen(): void {
    for (const socket of this.#sockets) socket.deafen();
  }

  /** Breaks the connection for a while, again and again, soon after it was made. */
  flap(ms: number): void {
    const { clock } = this.#sources;
    const end = clock.now() + ms;
    const cut = () => {
      this.cut();
      if (clock.now() < end) clock.setTimeout(cut, 100);
    };
    cut();
  }

  /** Refuses connections and requests for a while. */
  refuse(ms: number, host = "*"): void {
    this.#refused.add(host);
    const { elapsed } = this.#sources.clock;
    if (host !== "*") this.outages.push({ host, from: elapsed, to: elapsed + ms });
    this.#sources.clock.setTimeout(() => this.#refused.delete(host), ms);
  }

  /** Repairs the network. */
  heal(): void {
    this.#refused.clear();
    this.latency = 5;
  }

  /** Ends what is left of sockets that the client has given up. */
  end(): void {
    for (const socket of this.#sockets) socket.end();
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    this.requests.push({ at: this.#sources.clock.elapsed, host: new URL(request.url).hostname });
    await this.pass(request.signal, request.url);
    if (request.url.includes("internet-up")) {
      return this.#inRealTime(Promise.resolve(new Response("yes\n")));
    }
    const answer = this.#sources.answer(request.url);
    if (answer !== undefined) {
      const headers = { "content-type": "text/plain" };
      return await this.#inRealTime(answer.then((text) => new Response(text, { headers })));
    }
    const service = this.#sources.service();
    if (service === undefined) throw unreachable(request.url);
    const response = await this.#inRealTime(service.fetch(request));
    await this.pass(request.signal);
    return this.#inRealTime(Promise.resolve(response));
  };

  /** Whether bodies are being read, for which Workers need tasks of the runtime. */
  get isReading(): boolean {
    return this.#reading > 0;
  }

  async #inRealTime<T>(work: Promise<T>): Promise<T> {
    this.#reading++;
    try {
      return await work;
    } finally {
      void Promise.resolve().then(task).then(task).then(task).then(() => this.#reading--);
    }
  }

  /** Passes the network once, if it is not refused. */
  async pass(signal?: AbortSignal, url = "the network"): Promise<void> {
    await this.#wait(this.latency, signal);
    if (this.isRefused(url)) throw unreachable(url);
  }

  /** Whether the host of a URL cannot be reached; without a URL, whether no host can. */
  isRefused(url: string): boolean {
    const host = URL.canParse(url) ? new URL(url).hostname : "*";
    return this.#refused.has("*") || this.#refused.has(host);
  }

  #connect(url: string): SimulatedSocket {
    this.attempts.push(this.#sources.clock.elapsed);
    const socket = new SimulatedSocket(url, this, this.#sources);
    this.#sockets.add(socket);
    socket.ended = () => this.#sockets.delete(socket);
    return socket;
  }

  #wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#sources.clock.clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = this.#sources.clock.setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        this.#sources.process.run(resolve);
      }, ms);
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }
}

/** A WebSocket of a client, with a loopback socket at the end of the line. */
class SimulatedSocket {
  readyState = CONNECTING;
  binaryType = "blob";
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  ended = (): void => {};
  readonly #network: Network;
  readonly #sources: NetworkSources;
  #far: WebSocket | undefined;
  #isFarOver = false;
  #isSilent = false;
  #isDeaf = false;
  readonly #url: string;
  /** The times before which nothing may arrive, so that no frame overtakes another. */
  readonly #notBefore = { up: 0, down: 0 };
  readonly #onTheWay: Record<"up" | "down", { due: number; event: () => void }[]> = {
    up: [],
    down: [],
  };

  constructor(url: string, network: Network, sources: NetworkSources) {
    this.#network = network;
    this.#sources = sources;
    this.#url = url;
    this.#later("up", () => this.#open());
  }

  send(data: Data): void {
    if (this.readyState !== OPEN) throw new Error("The socket is not open");
    if (this.#isDeaf) throw new Error("Cannot perform I/O on behalf of a different request");
    this.#sources.sent(data);
    const copy = typeof data === "string" ? data : new Uint8Array(data).slice();
    this.#later("up", () => {
      if (this.#far?.readyState === OPEN) this.#far.send(copy);
    });
  }

  close(): void {
    if (this.readyState >= CLOSING) return;
    this.readyState = CLOSING;
    this.#later("up", () => this.#far?.close());
    this.#later("down", () => this.#finish(1000));
  }

  cut(): void {
    const { chance, clock } = this.#sources;
    if (chance.oneIn(2)) this.#isSilent = true; // Frames on their way are lost.
    const far = this.#far;
    clock.setTimeout(() => far?.close(), chance.pick([0, this.#network.latency, 3_000]));
    this.#toClient(() => this.#finish(1006));
  }

  silence(): void {
    this.#isSilent = true;
    this.#giveUp();
  }

  deafen(): void {
    this.#isDeaf = true;
  }

  jam(ms: number): void {
    if (ms >= TCP_TIMEOUT) this.#giveUp();
    const until = this.#sources.clock.now() + ms;
    this.#notBefore.up = Math.max(this.#notBefore.up, until);
    this.#notBefore.down = Math.max(this.#notBefore.down, until);
  }

  end(): void {
    this.#isSilent = true;
    this.#far?.close();
  }

  #open(): void {
    if (this.readyState !== CONNECTING) return;
    const service = this.#sources.service();
    if (service === undefined || this.#network.isRefused(this.#url)) {
      return this.#later("down", () => this.#finish(1006));
    }
    const far: WebSocket = new service.WebSocket(this.#url);
    this.#far = far;
    far.binaryType = "arraybuffer";
    far.onopen = () =>
      this.#later("down", () => {
        if (this.readyState !== CONNECTING) return;
        this.readyState = OPEN;
        this.onopen?.(new Event("open"));
      });
    far.onmessage = ({ data }) =>
      this.#later("down", () => {
        if (this.readyState === OPEN) this.onmessage?.(new MessageEvent("message", { data }));
      });
    far.onclose = ({ code }) => {
      this.#isFarOver = true;
      if (this.readyState === CLOSED) this.ended();
      this.#later("down", () => this.#finish(code));
    };
  }

  /** Does something at the other end of the line after the delay of the network. */
  #later(direction: "up" | "down", event: () => void): void {
    const { clock, chance } = this.#sources;
    if (this.#isSilent) return;
    const { latency } = this.#network;
    const due = Math.max(
      this.#notBefore[direction],
      clock.now() + latency + chance.below(latency / 4 + 1),
    );
    this.#notBefore[direction] = due;
    this.#onTheWay[direction].push({ due, event });
    clock.setTimeout(() => this.#arrive(direction), due - clock.now());
  }

  /** Hands over what is due: one frame, or, as some runtimes do, all that came together without a promise job in between. */
  #arrive(direction: "up" | "down"): void {
    const queue = this.#onTheWay[direction];
    const { clock, chance } = this.#sources;
    const isBurst = direction === "down" && chance.oneIn(2);
    const first = queue.shift();
    const events = first === undefined ? [] : [first.event];
    while (isBurst && queue.length > 0 && queue[0]!.due <= clock.now()) {
      events.push(queue.shift()!.event);
    }
    if (this.#isSilent || events.length === 0) return;
    if (direction === "up") events.forEach((event) => event());
    else this.#toClient(() => events.forEach((event) => event()));
  }

  /** The other end closes, because nothing that it sends is acknowledged. */
  #giveUp(): void {
    const far = this.#far;
    this.#sources.clock.setTimeout(() => far?.close(), TCP_TIMEOUT);
  }

  #toClient(event: () => void): void {
    this.#sources.process.run(event);
  }

  #finish(code: number): void {
    if (this.readyState === CLOSED) return;
    const isFailure = this.readyState !== CLOSING && code === 1006;
    this.readyState = CLOSED;
    if (this.#far === undefined || this.#isFarOver) this.ended();
    if (isFailure) {
      this.onerror?.(Object.assign(new Event("error"), { error: unreachable(this.#url) }));
    }
    this.onclose?.(Object.assign(new Event("close"), { code, reason: "" }));
  }
}

/** The error of a runtime, which names the address with all that is in it. */
function unreachable(url: string): TypeError {
  return new TypeError(`error sending request for url (${url})`);
}

/** A task of the runtime, on Workers. Elsewhere bodies are read by promise jobs, and this is nothing. */
export function task(): Promise<void> | undefined {
  if (runtime !== "workerd") return undefined;
  return new Promise((resolve) => setTimeout(resolve));
}
