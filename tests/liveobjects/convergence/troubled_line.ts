import { Action } from "../../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../../src/protocol/protocol_message.ts";
import type { LocalService } from "../../../src/testing/mod.ts";

const NOTHING: ProtocolMessage = { action: Action.Heartbeat };

/**
 * The way from the service to one client, on which frames of one channel are lost, doubled, held back and split. The order
 * of the operations of a site never changes, because Ably keeps it.
 */
export class TroubledLine {
  readonly #service: LocalService;
  readonly #channel: string;
  readonly #connectionId: string | undefined;
  readonly #local: string;
  readonly #copiesOwn: boolean;
  #losses = 0;
  #copies: ProtocolMessage[] = [];
  #isCopying = false;
  #isHolding = false;
  #held: ProtocolMessage[] = [];
  #isSplitting = false;
  #restOfSync: ProtocolMessage | undefined;
  /** Whether operations were lost that only a sync can bring. */
  hasLost = false;

  constructor(service: LocalService, { channel, connectionId, local, copiesOwn }: {
    channel: string;
    connectionId: string | undefined;
    /** The site whose operations are never held back: those of the clients. */
    local: string;
    copiesOwn: boolean;
  }) {
    this.#service = service;
    this.#channel = channel;
    this.#connectionId = connectionId;
    this.#local = local;
    this.#copiesOwn = copiesOwn;
    service.faults.toClient({ channel, connectionId }, { replace: (frame) => this.#pass(frame) });
  }

  /** Loses the next operations. */
  lose(count: number): void {
    this.#losses += count;
  }

  /** Sends the next operations twice, the second time later. */
  copy(): void {
    this.#isCopying = true;
  }

  /** Holds the operations of other sites back. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Ends the next sync later than it began. */
  split(): void {
    this.#isSplitting = true;
  }

  /** Sends a message that takes time to decrypt: frames of the channel wait for it, but ACKs do not. */
  stall(): void {
    const messages = [{ data: `${"A".repeat(43)}=`, encoding: "utf-8/cipher+aes-256-cbc/base64" }];
    const frame = { action: Action.Message, channel: this.#channel, messages };
    this.#service.faults.send(frame, { connectionId: this.#connectionId });
  }

  /** Sends all that was held back, and the copies. */
  release(): void {
    const frames = [...this.#held, ...this.#copies, ...this.#restOfSync ? [this.#restOfSync] : []];
    this.#held = [];
    this.#copies = [];
    this.#restOfSync = undefined;
    this.#isHolding = this.#isCopying = this.#isSplitting = false;
    for (const frame of frames) {
      this.#service.faults.send(frame, { connectionId: this.#connectionId });
    }
  }

  /** Ends all trouble. */
  calm(): void {
    this.#losses = 0;
    this.release();
  }

  #pass(frame: ProtocolMessage): ProtocolMessage {
    if (frame.action === Action.Attached) this.#restOfSync = undefined;
    if (frame.action === Action.ObjectSync) return this.#passSync(frame);
    if (frame.action !== Action.Object) return frame;
    const [first] = frame.state as { siteCode?: string }[];
    if (this.#losses > 0) {
      this.#losses--;
      this.hasLost = true;
      return NOTHING;
    }
    if (this.#isHolding && first?.siteCode !== this.#local) {
      this.#held.push(frame);
      return NOTHING;
    }
    const isOwn = frame.connectionId === this.#connectionId;
    if (this.#isCopying && (this.#copiesOwn || !isOwn)) this.#copies.push(frame);
    return frame;
  }

  #passSync(frame: ProtocolMessage): ProtocolMessage {
    this.#restOfSync = undefined;
    const { state = [], channelSerial = "" } = frame;
    if (!this.#isSplitting || state.length < 2 || !channelSerial.endsWith(":")) return frame;
    this.#isSplitting = false;
    const half = Math.ceil(state.length / 2);
    this.#restOfSync = { ...frame, state: state.slice(half) };
    return { ...frame, channelSerial: `${channelSerial}half`, state: state.slice(0, half) };
  }
}
