import type { ResolvedOptions } from "../../client/resolve_options.ts";
import { isRecord, isText, isWhole } from "../../util/wire_fields.ts";

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
  try {
    const { connectionKey, msgSerial, channelSerials } = JSON.parse(recover) as RecoveryKey;
    if (
      typeof connectionKey === "string" && connectionKey !== "" &&
      typeof msgSerial === "number" && isWhole(msgSerial) &&
      isRecord(channelSerials) && Object.values(channelSerials).every(isText)
    ) {
      return { connectionKey, msgSerial, channelSerials };
    }
  } catch {
    // It is not JSON of an object.
  }
  logger.of("connection").error(() => "The recovery key is malformed; connecting without it"); // RTN16f1
  return undefined;
}
