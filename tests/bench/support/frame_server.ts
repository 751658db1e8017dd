/**
 * A bare server for benchmarks, in a process of its own so that its work is not measured: speaks just enough of the
 * protocol to connect, attach and acknowledge, and sends prepared frames on demand. Prints its port.
 *
 * @module
 */
import { AesCbcCipher } from "../../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../../src/crypto/cipher_params.ts";
import { Action, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import type { Codec } from "../../../src/protocol/codec.ts";
import { jsonCodec } from "../../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import type { ProtocolMessage } from "../../../src/protocol/protocol_message.ts";
import { attachedFrames, nextSerial, operationFrames, SITE } from "./object_frames.ts";
import { membersFrames } from "./presence_frames.ts";
import { toWireMessages } from "../../../src/protocol/to_wire_message.ts";

/** The key that encrypted frames are made with. */
const KEY = new Uint8Array(32).fill(7);

/** The attachments. */
const attached = new Map<string, { socket: WebSocket; codec: Codec }>();

Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(port) },
  async (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/burst") return await answerBurst(url.searchParams);
    if (url.pathname === "/operations") return sendOperations(url.searchParams);
    if (url.pathname === "/drop") return dropConnection(url.searchParams);
    if (request.headers.get("upgrade") === null) return answerRequest(request, url);
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    const codec = url.searchParams.get("format") === "msgpack" ? msgpackCodec : jsonCodec;
    socket.onopen = () => socket.send(codec.encode(connected()));
    socket.onmessage = ({ data }) => {
      const message = codec.decode(
        typeof data === "string" ? data : new Uint8Array(data),
      ) as ProtocolMessage;
      if (message.action === Action.Attach) attached.set(message.channel!, { socket, codec });
      for (const answer of answersTo(message)) socket.send(codec.encode(answer));
    };
    return response;
  },
);

/** Sends many messages to all connections attached to a channel. */
async function answerBurst(params: URLSearchParams): Promise<Response> {
  const channel = params.get("channel")!;
  const channels = Number(params.get("channels"));
  const { socket, codec } = attached.get(channels > 0 ? channel + "0" : channel)!;
  const how = {
    frames: Number(params.get("frames")),
    size: Number(params.get("size")),
    encrypted: params.has("encrypted"),
    bytes: Number(params.get("bytes")),
    channels,
  };
  for (const frame of await burst(channel, how, codec)) socket.send(frame);
  return new Response();
}

/** Ends the connection that a channel is attached on, without a closing frame of the protocol. */
function dropConnection(params: URLSearchParams): Response {
  attached.get(params.get("channel")!)!.socket.close();
  return new Response();
}

/** Sends many operations on objects to the connection that is attached to a channel. */
function sendOperations(params: URLSearchParams): Response {
  const channel = params.get("channel")!;
  const { socket, codec } = attached.get(channel)!;
  const how = { frames: Number(params.get("frames")), kind: params.get("kind")! };
  for (const frame of operationFrames(channel, how)) socket.send(codec.encode(frame));
  return new Response();
}

const ENTRIES = Object.fromEntries(
  Array.from({ length: 1_000 }, (_, index) => [`key${index}`, "twenty characters of"]),
);

/** Answers a REST client: the time, or the entries of a map. */
function answerRequest(request: Request, { pathname }: URL): Response {
  const isBinary = request.headers.get("accept")?.includes(msgpackCodec.contentType);
  const codec = isBinary ? msgpackCodec : jsonCodec;
  const body = codec.encode(pathname === "/time" ? [Date.now()] : ENTRIES);
  return new Response(body, { headers: { "content-type": codec.contentType } });
}

function connected(): ProtocolMessage {
  return {
    action: Action.Connected,
    connectionId: "bench",
    connectionDetails: {
      connectionKey: "bench!key",
      maxMessageSize: 65536,
      connectionStateTtl: 120000,
      siteCode: SITE,
    },
  };
}

function answersTo(message: ProtocolMessage): Iterable<ProtocolMessage> {
  const { action, channel, msgSerial, state } = message;
  switch (action) {
    case Action.Attach:
      if (/^(objects|counters|entries)/.test(channel!)) return attachedFrames(channel!);
      return channel!.startsWith("members")
        ? membersFrames(channel!)
        : [{ action: Action.Attached, channel, flags: MODE_FLAGS.subscribe | MODE_FLAGS.publish }];
    case Action.Detach:
      return [{ action: Action.Detached, channel }];
    case Action.Close:
      return [{ action: Action.Closed }];
    case Action.Message:
      return [{ action: Action.Ack, msgSerial, count: 1, res: [{ serials: ["serial"] }] }];
    case Action.Object:
      return [{
        action: Action.Ack,
        msgSerial,
        count: 1,
        res: [{ serials: state!.map(nextSerial) }],
      }];
    default:
      return [];
  }
}

interface Burst {
  frames: number;
  size: number;
  encrypted: boolean;
  /** The number of bytes of a payload; 0 for an object. */
  bytes: number;
  /** The number of channels, numbered from 0, that get the frames in turns; 0 for the channel alone. */
  channels: number;
}

const bursts = new Map<string, (string | Uint8Array<ArrayBuffer>)[]>();

async function burst(
  channel: string,
  { frames, size, encrypted, bytes, channels }: Burst,
  codec: Codec,
): Promise<(string | Uint8Array<ArrayBuffer>)[]> {
  const name = JSON.stringify([channel, channels, frames, size, encrypted, bytes, codec.format]);
  let prepared = bursts.get(name);
  if (prepared) return prepared;
  prepared = [];
  const cipher = encrypted ? new AesCbcCipher(getDefaultParams({ key: KEY })) : null;
  for (let frame = 0; frame < frames; frame++) {
    const messages = Array.from({ length: size }, (_, index) => ({
      name: "event",
      data: bytes > 0
        ? new Uint8Array(bytes).fill(index)
        : { text: "a payload of about one hundred bytes, as the table has it", frame, index },
    }));
    prepared.push(codec.encode({
      action: Action.Message,
      id: `other:${frame}`,
      connectionId: "other",
      channel: channels > 0 ? channel + frame % channels : channel,
      channelSerial: `0${frame}`,
      timestamp: 1_700_000_000_000 + frame,
      messages: (await toWireMessages(messages, { format: codec.format, cipher })).map((
        wire,
        index,
      ) => ({
        ...wire,
        serial: `0${frame}:${index}`,
        action: 0,
      })),
    }));
  }
  bursts.set(name, prepared);
  return prepared;
}
