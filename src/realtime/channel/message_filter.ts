import * as ErrorCode from "../../error_numbers.ts";
import type { Message } from "../../messages/message.ts";
import { readMembers, type Shape } from "../../util/read_members.ts";

/** A selection of messages: those that meet all given criteria (RTL22c, RTL22d, MFI1). */
export interface MessageFilter {
  /** The name of the message (MFI2d). */
  name?: string | null;
  /** The clientId of the publisher (MFI2e). */
  clientId?: string | null;
  /** Whether it refers to another message (MFI2a, RTL22b). */
  isRef?: boolean | null;
  /** The serial of the message it refers to (MFI2b). */
  refTimeserial?: string | null;
  /** The type of the reference (MFI2c). */
  refType?: string | null;
}

const FILTER: Shape<MessageFilter> = {
  what: "The message filter",
  code: ErrorCode.BadRequest,
  names: { name: true, clientId: true, isRef: true, refTimeserial: true, refType: true },
};

/** A copy of a filter as a target of subscriptions. Filters with the same members are equal. */
export function messageFilter(
  given: MessageFilter,
): { filter: MessageFilter; matches: (message: Message) => boolean } {
  const filter = readMembers(given, FILTER);
  const { name, clientId, isRef, refTimeserial, refType } = filter;
  const matches = (message: Message) => {
    const ref = message.extras?.ref as { timeserial?: string; type?: string } | null; // REX2
    return (name == null || message.name === name) &&
      (clientId == null || message.clientId === clientId) &&
      (isRef == null || (ref != null) === isRef) &&
      (refTimeserial == null || ref?.timeserial === refTimeserial) &&
      (refType == null || ref?.type === refType);
  };
  return { filter, matches };
}
