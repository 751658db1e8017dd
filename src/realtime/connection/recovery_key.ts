import type { ResolvedOptions } from "../../client/resolve_options.ts";

/** The state by which a later client can continue from this one (RTN16g). */
export interface RecoveryKey {
  /** The key of the connection. */
  connectionKey: string;
  /** The serial of its next message. */
  msgSerial: number;
  /** The position in each attached channel, by channel name. */
  channelSerials: Record<string, string>;
}

/** A recovery key as text; JSON carries any channel name (RTN16g1). */
export function encodeRecoveryKey(key: RecoveryKey): string {
  return JSON.stringify(key);
}

/** The recovery key in the options; `undefined` without a usable one. */
export function readRecoveryKey({ recover, logger }: ResolvedOptions): RecoveryKey | undefined {
  if (recover === undefined) return undefined;
  const key = decodeRecoveryKey(recover);
  if (!key) {
    logger.of("connection").error(() =>
      "The recovery key is malformed; connecting without it. Give one that createRecoveryKey() returned"
    ); // RTN16f1
  }
  return key;
}

/** Reads a recovery key; `undefined` if the text is not one (RTN16f1). */
export function decodeRecoveryKey(text: string): RecoveryKey | undefined {
  let value: Partial<RecoveryKey> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { connectionKey, msgSerial, channelSerials } = value ?? {};
  if (
    typeof connectionKey !== "string" || connectionKey === "" || !isSerial(msgSerial) ||
    !isTextByName(channelSerials)
  ) {
    return undefined;
  }
  return { connectionKey, msgSerial, channelSerials };
}

function isSerial(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function isTextByName(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((text) => typeof text === "string");
}
