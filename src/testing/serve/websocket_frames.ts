import { fromUtf8Strict, utf8 } from "../../util/bytes.ts";
import { joinBytes } from "../../util/encode_bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The kinds of WebSocket frames (RFC 6455, 5.2). */
export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

/** One of the kinds of WebSocket frames. */
export type Opcode = typeof Opcode[keyof typeof Opcode];

/** The close codes of violations (RFC 6455, 7.4.1). */
export const CloseCode = { Protocol: 1002, NoCode: 1005, NotText: 1007, TooLarge: 1009 } as const;

/** The receiver of a reader's events. */
export interface FrameSink {
  /** Called with each complete message. */
  message(data: string | Bytes): void;
  /** Called with the payload of each ping. */
  ping(payload: Bytes): void;
  /** Called when the client closes; the code is 1005 if it gives no code. Nothing is read afterwards. */
  closing(code: number): void;
  /** Called when the client violates the protocol, with a close code. Nothing is read afterwards. */
  violation(code: number): void;
}

interface Header {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly length: number;
  /** The offsets of the mask and the payload. */
  readonly mask: number;
  readonly payload: number;
}

const MAX_CONTROL_PAYLOAD = 125;

/** Reads the frames that a client sends on one WebSocket (RFC 6455, 5). */
export class WebSocketReader {
  readonly #sink: FrameSink;
  readonly #maxPayload: number;
  #chunks: Bytes[] = [];
  #size = 0;
  /** The bytes that the next frame needs at least. Chunks are joined only then. */
  #needed = 2;
  #parts: Bytes[] = [];
  #partsSize = 0;
  #opcode: number | undefined;
  #ended = false;

  /**
   * @param sink Receives the messages.
   * @param maxPayload The largest message, in bytes.
   */
  constructor(sink: FrameSink, maxPayload: number) {
    this.#sink = sink;
    this.#maxPayload = maxPayload;
  }

  /** Reads received bytes. */
  push(chunk: Bytes): void {
    if (this.#ended) return;
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
    if (this.#size < this.#needed) return;
    let rest = joinBytes(this.#chunks);
    while (!this.#ended) {
      const used = this.#readFrame(rest);
      if (used === 0) break;
      rest = rest.subarray(used);
    }
    this.#chunks = [rest];
    this.#size = rest.byteLength;
  }

  /** Reads one frame. Returns the number of bytes that it had, or 0 if it is not complete. */
  #readFrame(bytes: Bytes): number {
    const header = readHeader(bytes);
    if (typeof header === "number") {
      this.#needed = header;
      return 0;
    }
    const { length, mask, payload, opcode, isFinal } = header;
    const fault = this.#faultOf(bytes, header);
    if (fault !== undefined) {
      this.#end();
      this.#sink.violation(fault);
      return 0;
    }
    this.#needed = payload + length;
    if (bytes.byteLength < this.#needed) return 0;
    this.#take(unmasked(bytes, mask, length), opcode, isFinal);
    this.#needed = 2;
    return payload + length;
  }

  #faultOf(bytes: Bytes, { length, opcode, isFinal }: Header): number | undefined {
    const isMasked = (bytes[1]! & 0x80) !== 0;
    const hasExtensions = (bytes[0]! & 0x70) !== 0;
    if (!isMasked || hasExtensions) return CloseCode.Protocol;
    if (opcode >= Opcode.Close) {
      const isKnown = opcode <= Opcode.Pong;
      return isKnown && isFinal && length <= MAX_CONTROL_PAYLOAD ? undefined : CloseCode.Protocol;
    }
    const isContinuation = opcode === Opcode.Continuation;
    if (opcode > Opcode.Binary || isContinuation !== (this.#opcode !== undefined)) {
      return CloseCode.Protocol;
    }
    return this.#partsSize + length > this.#maxPayload ? CloseCode.TooLarge : undefined;
  }

  #take(payload: Bytes, opcode: number, isFinal: boolean): void {
    switch (opcode) {
      case Opcode.Ping:
        return this.#sink.ping(payload);
      case Opcode.Pong:
        return;
      case Opcode.Close: {
        this.#end();
        const code = readCloseCode(payload);
        if (code === undefined) this.#sink.violation(CloseCode.Protocol);
        else this.#sink.closing(code);
        return;
      }
    }
    if (opcode !== Opcode.Continuation) this.#opcode = opcode;
    this.#parts.push(payload);
    this.#partsSize += payload.byteLength;
    if (isFinal) this.#finishMessage();
  }

  #finishMessage(): void {
    const bytes = joinBytes(this.#parts);
    const isText = this.#opcode === Opcode.Text;
    this.#parts = [];
    this.#partsSize = 0;
    this.#opcode = undefined;
    if (!isText) return this.#sink.message(bytes);
    let text: string;
    try {
      text = fromUtf8Strict(bytes);
    } catch {
      this.#end();
      return this.#sink.violation(CloseCode.NotText);
    }
    this.#sink.message(text);
  }

  #end(): void {
    this.#ended = true;
    this.#parts = [];
  }
}

/** Writes a frame as a server sends it: whole and without a mask. */
export function writeFrame(opcode: Opcode, payload: Bytes): Bytes {
  const { byteLength } = payload;
  const size = byteLength < 126 ? 2 : byteLength < 65_536 ? 4 : 10;
  const frame = new Uint8Array(size + byteLength);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = size === 2 ? byteLength : size === 4 ? 126 : 127;
  if (size === 4) view.setUint16(2, byteLength);
  if (size === 10) view.setBigUint64(2, BigInt(byteLength));
  frame.set(payload, size);
  return frame;
}

/** Writes the payload of a close frame. The code 1005 stands for none. */
export function closePayload(code: number, reason = ""): Bytes {
  if (code === CloseCode.NoCode) return new Uint8Array();
  const text = utf8(reason).subarray(0, MAX_CONTROL_PAYLOAD - 2);
  return joinBytes([Uint8Array.of(code >> 8, code & 0xff), text]);
}

/** Reads the header of a frame; if it is not complete, returns the number of bytes that it needs. */
function readHeader(bytes: Bytes): Header | number {
  if (bytes.byteLength < 2) return 2;
  const short = bytes[1]! & 0x7f;
  const mask = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.byteLength < mask) return mask;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // A length above the safe integers loses precision here, and is too large in any case.
  const length = short < 126
    ? short
    : short === 126
    ? view.getUint16(2)
    : Number(view.getBigUint64(2));
  const isFinal = (bytes[0]! & 0x80) !== 0;
  return { isFinal, opcode: bytes[0]! & 0x0f, length, mask, payload: mask + 4 };
}

function unmasked(bytes: Bytes, mask: number, length: number): Bytes {
  const begin = mask + 4;
  const payload = bytes.slice(begin, begin + length);
  for (let i = 0; i < length; i++) payload[i]! ^= bytes[mask + (i & 3)]!;
  return payload;
}

/** Reads the code of a close frame; undefined if it is not valid. */
function readCloseCode(payload: Bytes): number | undefined {
  if (payload.byteLength === 0) return CloseCode.NoCode;
  if (payload.byteLength === 1) return undefined;
  const code = payload[0]! << 8 | payload[1]!;
  const isReserved = code < 1000 || (code >= 1004 && code <= 1006) || code === 1015 ||
    (code > 1015 && code < 3000) || code > 4999;
  return isReserved ? undefined : code;
}
