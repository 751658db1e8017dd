import {
  type ChannelOptions,
  type ClientOptions,
  ErrorInfo,
  Realtime,
  type RealtimeChannel,
} from "../../mod.ts";
import { Action, MODE_FLAGS } from "../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { assertEquals, assertInstanceOf } from "../harness.ts";
import { KEY } from "./fake_service.ts";
import { ScriptedSockets } from "./scripted_web_socket.ts";

/** A frame as a test writes it. */
export type Frame = Partial<ProtocolMessage> & { action: number };

/** The modes that the service grants by default. */
export const DEFAULT_MODES = MODE_FLAGS.presence | MODE_FLAGS.publish | MODE_FLAGS.subscribe |
  MODE_FLAGS.presence_subscribe | MODE_FLAGS.annotation_publish;

/** A realtime client whose service is played by the test, on a clock that stands still. */
export class Rig implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly logged: string[] = [];
  readonly sockets: ScriptedSockets;
  readonly client: Realtime;
  /** Answers frames of the client; returns what to send back, if anything. */
  answer: (frame: ProtocolMessage) => Frame | readonly Frame[] | void = () => {};
  #connections = 0;

  constructor(options: ClientOptions = {}) {
    this.sockets = new ScriptedSockets({
      onFrame: (frame, socket) => {
        const answers = this.answer(frame) ?? [];
        // As over a network: not before the client has gone on.
        for (const answer of [answers].flat()) queueMicrotask(() => socket.receive(answer));
      },
    });
    this.client = new Realtime({
      key: KEY,
      useBinaryProtocol: false,
      WebSocket: this.sockets.WebSocket,
      fetch: () => Promise.reject(new TypeError("There is no network")),
      clock: this.clock,
      random: { bytes: (length) => new Uint8Array(length).fill(7), number: () => 0.5 },
      logLevel: "debug",
      logHandler: (message, level) => void this.logged.push(`${level}: ${message}`),
      ...options,
    });
  }

  /** Lets promises settle. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  /** Accepts the connection that the client has opened; a new connection unless told otherwise. */
  async accept(connected: Partial<ProtocolMessage> = {}): Promise<void> {
    await this.settle();
    const id = connected.connectionId ?? `conn-${++this.#connections}`;
    this.sockets.last.receive({
      action: Action.Connected,
      connectionId: id,
      connectionDetails: { connectionKey: `${id}!key`, connectionStateTtl: 120_000 },
      ...connected,
    });
    await this.settle();
  }

  /** Breaks the socket; the client begins to connect at once. */
  async lose(): Promise<void> {
    this.sockets.last.close();
    await this.settle();
  }

  /** Breaks the socket and has the client fail to come back. */
  async disconnect(): Promise<void> {
    await this.lose();
    await this.lose();
    assertEquals(this.client.connection.state, "disconnected");
  }

  /** Disconnects for so long that the connection is suspended. */
  async suspend(): Promise<void> {
    await this.disconnect();
    for (let i = 0; i < 20 && this.client.connection.state !== "suspended"; i++) {
      await this.clock.advance(31_000);
      if (this.client.connection.state === "connecting") await this.lose();
    }
    assertEquals(this.client.connection.state, "suspended");
  }

  /** Sends frames to the client and lets it react. */
  async receive(...frames: Frame[]): Promise<void> {
    for (const frame of frames) this.sockets.last.receive(frame);
    await this.settle();
  }

  /** The frames that the client has sent over the last socket, without heartbeats; only those of the action, if given. */
  sent(action?: number): ProtocolMessage[] {
    return this.sockets.last.sent.filter((frame) =>
      action === undefined || frame.action === action
    );
  }

  /** The actions that the client has sent over the last socket. */
  sentActions(): number[] {
    return this.sent().map(({ action }) => action);
  }

  /** Answers the ATTACH of a channel. */
  async attached(channel: string, frame: Partial<ProtocolMessage> = {}): Promise<void> {
    await this.receive({
      action: Action.Attached,
      channel,
      flags: DEFAULT_MODES,
      channelSerial: "serial-0",
      ...frame,
    });
  }

  /** A channel that is attached on a client that is connected. */
  async attach(
    frame?: Partial<ProtocolMessage> | null,
    options?: ChannelOptions,
  ): Promise<RealtimeChannel> {
    const name = frame?.channel ?? "c";
    if (this.client.connection.state !== "connected") await this.accept();
    const channel = this.client.channels.get(name, options);
    const attaching = channel.attach();
    await this.settle();
    await this.attached(name, frame ?? {});
    await attaching;
    return channel;
  }

  /** Acknowledges everything that awaits it on the last socket. */
  async acknowledge(serials: (string | null)[] = ["serial"]): Promise<void> {
    for (const { msgSerial } of this.sent()) {
      if (msgSerial === undefined) continue;
      this.sockets.last.receive({ action: Action.Ack, msgSerial, count: 1, res: [{ serials }] });
    }
    await this.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.client.close();
    await this.settle();
    if (this.client.connection.state === "closing") {
      if (this.sent(Action.Close).length > 0) await this.receive({ action: Action.Closed });
      else await this.lose();
    }
    await closed;
    await this.settle();
    assertEquals(this.clock.pending, 0, "A timer has outlived the client");
  }
}

/** The outcome of a promise; `"pending"` if it has not settled. */
export async function outcome<T>(promise: Promise<T>, rig: Rig): Promise<T | "pending" | Error> {
  let result: T | "pending" | Error = "pending";
  promise.then((value) => result = value, (error) => result = error);
  await rig.settle();
  return result;
}

/** The states that a channel goes through, as `event` or `event:code`. */
export function history(channel: RealtimeChannel): string[] {
  const events: string[] = [];
  channel.on(({ event, reason }) => {
    events.push(reason ? `${event}:${reason.code}` : event);
  });
  return events;
}

/** The error that a call fails with; it must be an ErrorInfo. */
export async function failureOf(call: () => unknown): Promise<ErrorInfo> {
  try {
    await call();
  } catch (error) {
    assertInstanceOf(error, ErrorInfo, `The call failed with ${error}`);
    return error;
  }
  throw new Error("The call did not fail");
}

/** A signal of a caller who has given up already. */
export function aborted(): AbortSignal {
  return AbortSignal.abort(new DOMException("Enough", "AbortError"));
}

/** Waits for ciphers, which work on another thread. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve));
}
