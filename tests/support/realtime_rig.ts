import {
  type ChannelOptions,
  type ClientOptions,
  type ConnectionStateChange,
  Realtime,
  type RealtimeChannel,
} from "../../mod.ts";
import { Action, MODE_FLAGS } from "../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { assert, assertEquals } from "../harness.ts";
import { type Answer, type FakeFetch, fakeFetch, KEY } from "./fake_service.ts";
import { type Line, ScriptedNetwork, type Welcome } from "./scripted_network.ts";

/** A frame as a test writes it. */
export type Frame = Partial<ProtocolMessage> & { action: number };

/** The options of the client of a rig. */
export interface RigOptions extends ClientOptions {
  /** Answers HTTP requests. Defaults to "yes", there is a network. */
  answer?: Answer;
}

/** The modes that the service grants by default. */
export const DEFAULT_MODES = MODE_FLAGS.presence | MODE_FLAGS.publish | MODE_FLAGS.subscribe |
  MODE_FLAGS.presence_subscribe | MODE_FLAGS.annotation_publish;

/** The host of clients that do not care which. Being explicit, it has no fallbacks. */
export const HOST = "ably.test";

/** The error of a service that refuses an expired token. */
export const TOKEN_EXPIRED = { code: 40142, statusCode: 401, message: "Token expired" };

/**
 * A realtime client whose WebSockets, HTTP, time and chance are the test's. It connects when the test says so, with a key and in
 * JSON unless the options say otherwise.
 *
 * `await using rig = new Rig()` closes the client at the end of the case, and checks that no socket and no timer is left.
 */
export class Rig implements AsyncDisposable {
  readonly client: Realtime;
  readonly clock = new FakeClock();
  readonly network: ScriptedNetwork;
  readonly http: FakeFetch;
  /** All changes of the connection so far. */
  readonly changes: ConnectionStateChange[] = [];
  readonly logged: string[] = [];
  /** Answers frames of the client; returns what to send back, if anything. */
  answer: (frame: ProtocolMessage) => Frame | readonly Frame[] | void = () => {};

  constructor(
    { answer = () => new Response("yes\n"), ...options }: RigOptions = {},
    network: ScriptedNetwork = new ScriptedNetwork(),
  ) {
    this.network = network;
    this.network.onFrame = (frame, line) => {
      const answers = this.answer(frame) ?? [];
      // As over a network: not before the client has gone on.
      for (const answer of [answers].flat()) queueMicrotask(() => line.send(answer));
    };
    this.http = fakeFetch(answer);
    const hasAuth = options.authCallback ?? options.authUrl ?? options.token ??
      options.tokenDetails;
    this.client = new Realtime({
      ...(!hasAuth && { key: KEY }),
      endpoint: HOST,
      useBinaryProtocol: false,
      autoConnect: false,
      WebSocket: network.WebSocket,
      fetch: this.http.fetch,
      clock: this.clock,
      random: {
        bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
        number: () => 0.5,
      },
      logLevel: "trace",
      logHandler: (message, level) => void this.logged.push(`${level}: ${message}`),
      ...options,
    });
    this.client.connection.on((change) => void this.changes.push(change));
  }

  /** Makes a client and connects it. */
  static async connected<R extends Rig>(
    this: new (options?: RigOptions) => R,
    options?: RigOptions,
    welcome?: Welcome,
  ): Promise<R> {
    const rig = new this(options);
    await rig.accept(welcome);
    return rig;
  }

  /** The connection opened last. */
  get line(): Line {
    return this.network.last;
  }

  /** The last change of the connection. */
  get lastChange(): ConnectionStateChange {
    const change = this.changes.at(-1);
    assert(change, "The connection has not changed yet");
    return change;
  }

  /** The change by which the last connection was lost. */
  get lastLoss(): ConnectionStateChange {
    const change = this.changes.findLast(({ previous, current }) =>
      previous === "connected" && current !== previous
    );
    assert(change, "No connection has been lost yet");
    return change;
  }

  /** The last frame that the client has sent over the last connection; only those of the action count, if given. */
  lastFrame(action?: number): ProtocolMessage {
    const frame = this.sent(action).at(-1);
    assert(frame, "The client has not sent such a frame");
    return frame;
  }

  /** The events of the connection so far. */
  events(): string[] {
    return this.changes.map(({ event }) => event);
  }

  /** Lets promises settle. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  /** Waits for the next connection request, and answers with CONNECTED. Connects first if the test has not done so. */
  async accept(welcome?: Welcome): Promise<Line> {
    if (this.client.connection.state === "initialized") this.client.connect();
    const line = await this.network.next();
    line.connect(welcome);
    await this.settle();
    return line;
  }

  /** Breaks the socket; the client begins to connect at once. */
  async lose(): Promise<void> {
    this.line.close();
    await this.settle();
  }

  /** Breaks the socket, and the next one too. */
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
    for (const frame of frames) this.line.send(frame);
    await this.settle();
  }

  /** The frames that the client has sent over the last connection; only those of the action, if given. */
  sent(action?: number): ProtocolMessage[] {
    const { frames } = this.line;
    return action === undefined ? [...frames] : this.line.sent(action);
  }

  /** The actions that the client has sent over the last connection. */
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

  /** Acknowledges everything that awaits it on the last connection. */
  async acknowledge(serials: (string | null)[] = ["serial"]): Promise<void> {
    for (const { msgSerial } of this.sent()) {
      if (msgSerial !== undefined) this.line.ack(msgSerial, 1, [{ serials }]);
    }
    await this.settle();
  }

  /** Closes the client with the consent of the service, and checks that nothing of it is left. */
  async close(): Promise<void> {
    const closing = this.client.close();
    await this.settle();
    for (const line of this.network.lines) if (line.isLive) line.send({ action: Action.Closed });
    await closing;
    await this.settle();
    assertEquals(this.network.live, 0, "A socket has outlived the client");
    assertEquals(this.clock.pending, 0, "A timer has outlived the client");
  }

  /** Closes as {@linkcode Rig.close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The states that a channel goes through, as `event` or `event:code`. */
export function history(channel: RealtimeChannel): string[] {
  const events: string[] = [];
  channel.on(({ event, reason }) => {
    events.push(reason ? `${event}:${reason.code}` : event);
  });
  return events;
}
