import * as Action from "../../protocol/action_numbers.ts";
import { MODE_FLAGS } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { errorFromWire, type ErrorInfo } from "../../errors.ts";
import { utf8 } from "../../util/bytes.ts";
import type { Admission } from "../auth/presented_credentials.ts";
import { type ChannelName, parseChannelName } from "../core/channel_name.ts";
import type { EventLog } from "../core/event_log.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { serialOrigin } from "../core/serials.ts";
import type { FaultSocket } from "../faults/fault_engine.ts";
import type { ConnectionMatch } from "../faults/fault.ts";
import type { ServiceCore } from "../service/service_core.ts";
import { attach } from "./attach_frames.ts";
import { MAX_IDLE_INTERVAL } from "./connection_request.ts";
import type { EventFormat, StreamEvent } from "./event_format.ts";
import { FrameSocket } from "./frame_socket.ts";
import { ResumableConnection } from "./resumable_connection.ts";

/** A request for an event stream. */
export interface EventStreamRequest {
  /** The URL of the request. */
  readonly url: URL;
  readonly channels: readonly ChannelName[];
  /** Channel parameters for all channels. */
  readonly params: Readonly<Record<string, string>>;
  /** The id of the last event that the client received. */
  readonly lastEvent?: string;
  /** Whether the data of an event is the whole message. */
  readonly enveloped: boolean;
  /** Whether signs of life are events. */
  readonly heartbeats: boolean;
  readonly format: EventFormat;
}

/** The most bytes that may wait for a slow reader. */
const MAX_WAITING = 64 * 1024 * 1024;

/**
 * One event stream: a connection that can only subscribe, whose frames are written as events into the body of a response.
 * Presence is left out.
 */
export class EventStream implements FaultSocket {
  /** The body of the response. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #core: ServiceCore;
  readonly #request: EventStreamRequest;
  readonly #socket: FrameSocket;
  readonly #connection: ResumableConnection;
  readonly #position: Position | undefined;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** The error of a channel that cannot be attached, before the response has begun. */
  #refusal: ErrorInfo | undefined;
  /** The backlogs of the channels, until all are attached. */
  #backlog: ProtocolMessage[] | undefined = [];

  /**
   * Attaches the channels.
   *
   * @throws {ErrorInfo} If a channel cannot be attached.
   */
  constructor(core: ServiceCore, { app, grant }: Admission, request: EventStreamRequest) {
    this.#core = core;
    this.#request = request;
    this.#position = readPosition(request.lastEvent);
    this.body = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.#socket.closed(),
    }, { highWaterMark: MAX_WAITING, size: ({ byteLength }) => byteLength });
    this.#socket = new FrameSocket(core, new URL("/?format=json", request.url), {
      isHttp: true,
      send: (frame) => this.#receive(JSON.parse(frame as string)),
      close: (code) => this.#end(code),
    });
    const options = { echo: true };
    this.#connection = new ResumableConnection(alphanumeric(core.random, 10), app, {
      grant,
      options,
    });
    core.sockets.add(this);
    this.#socket.listen({ message: () => {}, malformed: () => {}, closed: () => this.#closed() });
    this.#write(request.format.keepalive); // Some servers send the headers with the first byte.
    this.#connection.takeSocket(this.#socket, grant);
    for (const name of request.channels) this.#attach(name);
    if (this.#refusal !== undefined) {
      this.close();
      throw this.#refusal;
    }
    this.#sendBacklog();
    this.#watchIdle(MAX_IDLE_INTERVAL);
  }

  matches({ connectionId, clientId, channel }: ConnectionMatch): boolean {
    const { id, grant, attachments } = this.#connection;
    return (connectionId === undefined || id === connectionId) &&
      (clientId === undefined || grant.clientId === clientId) &&
      (channel === undefined || attachments.has(channel));
  }

  drop(): void {
    this.#socket.drop();
  }

  close(): void {
    this.#socket.close();
  }

  hang(): void {
    this.#socket.hang();
  }

  inject(message: ProtocolMessage): void {
    this.#socket.inject(message);
  }

  forgetChannel(channel: string): void {
    this.#connection.detach(channel);
  }

  #attach(name: ChannelName): void {
    const { app } = this.#connection;
    const { events } = app.channel(name.base);
    // The parameters in the name of a channel override those of the whole stream.
    const params = { ...this.#request.params, ...name.params };
    attach(this.#connection, {
      action: Action.Attach,
      channel: name.full,
      flags: MODE_FLAGS.subscribe,
      params,
      channelSerial: this.#position && positionIn(events, this.#position, app.clock.now()),
    });
  }

  #receive(frame: ProtocolMessage): void {
    const { action, error } = frame;
    switch (action) {
      case Action.Message:
        if (this.#backlog === undefined) this.#sendMessages(frame);
        else this.#backlog.push(frame);
        return;
      case Action.Attached: // The events between the client's position and the present are not available.
      case Action.Disconnected:
      case Action.Error:
      case Action.Detached:
        if (error == null) return;
        if (action === Action.Error && this.#backlog !== undefined) {
          this.#refusal ??= errorFromWire(error);
        } else this.#send({ event: "error", data: error });
        return;
      case Action.Heartbeat:
        return this.#keepAlive();
    }
  }

  /** Sends the backlogs of all channels in the order of their serials: an id is a position in all channels. */
  #sendBacklog(): void {
    const frames = this.#backlog!;
    this.#backlog = undefined;
    frames.sort((a, b) => compare(a.channelSerial!, b.channelSerial!));
    for (const frame of frames) this.#sendMessages(frame);
  }

  #sendMessages({ channel = "", channelSerial = "", messages = [], ...shared }: ProtocolMessage) {
    const { id = "", timestamp, connectionId } = shared;
    const isEnveloped = this.#request.enveloped;
    messages.forEach((message, place) => {
      // A rewind has the messages of a frame one by one, so take the index from the serial.
      const index = indexIn(channelSerial, message.version?.serial ?? message.serial) ?? place;
      if (this.#isKnown(channelSerial, index)) return;
      this.#send({
        id: `${channelSerial}:${index}`,
        event: "message",
        data: isEnveloped
          ? { id: `${id}:${place}`, timestamp, connectionId, ...message, channel }
          : message.data as string | undefined,
      });
    });
  }

  /** Whether the client has received a message of a frame that its position is in. */
  #isKnown(channelSerial: string, index: number): boolean {
    const position = this.#position;
    return position?.index !== undefined && position.channelSerial === channelSerial &&
      index <= position.index;
  }

  #send(event: StreamEvent): void {
    this.#write(this.#request.format.write(event));
  }

  #keepAlive(): void {
    if (this.#request.heartbeats) this.#send({ event: "heartbeat" });
    else this.#write(this.#request.format.keepalive);
  }

  #write(text: string): void {
    if ((this.#controller.desiredSize ?? 0) <= 0) return this.drop();
    this.#controller.enqueue(utf8(text));
  }

  #watchIdle(delay: number): void {
    this.#socket.later(delay, () => {
      const left = MAX_IDLE_INTERVAL - (this.#core.timers.now() - this.#socket.lastSent);
      if (left <= 0) this.#socket.send({ action: Action.Heartbeat });
      this.#watchIdle(left > 0 ? left : MAX_IDLE_INTERVAL);
    });
  }

  #end(code: number | undefined): void {
    if (code === undefined) this.#controller.error(new TypeError("Connection reset"));
    else this.#controller.close();
  }

  #closed(): void {
    this.#core.sockets.delete(this);
    this.#connection.dispose();
  }
}

/** A position in the events of an app: after an event, or within it. */
interface Position {
  readonly channelSerial: string;
  /** The index of the last received message of the event. */
  readonly index?: number;
}

function readPosition(lastEvent: string | undefined): Position | undefined {
  if (lastEvent === undefined) return undefined;
  const [, channelSerial = lastEvent, index] = /^(.*?)(?::(\d+))?$/s.exec(lastEvent) ?? [];
  return index === undefined ? { channelSerial } : { channelSerial, index: Number(index) };
}

/** The index of a message in the frame with a serial; undefined if it is of another frame. */
function indexIn(channelSerial: string, serial: string | undefined): number | undefined {
  const index = serial?.startsWith(`${channelSerial}:`)
    ? Number(serial.slice(channelSerial.length + 1))
    : NaN;
  return Number.isNaN(index) ? undefined : index;
}

/** The position in one channel. All channels of an app share one order of serials. */
function positionIn(
  events: EventLog,
  { channelSerial, index }: Position,
  now: number,
): string {
  const frame = index === undefined ? undefined : events.before(channelSerial, now);
  const serial = frame ?? channelSerial;
  const isLater = serialOrigin(serial) === "own" && serial > events.position;
  return isLater ? events.position : serial;
}

/**
 * Reads the names of the channels.
 *
 * @throws {ErrorInfo} 40010 if one is not a channel name.
 */
export function readChannels(text: string, separator: string): ChannelName[] {
  return [...new Set(text.split(separator))].map(parseChannelName);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
