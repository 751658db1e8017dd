/** The first version of the protocol in which `version` is an object (TM2s). */
export const VERSION_OBJECTS = 4;

/** A message for clients of an older protocol, whose `version` is text: one that cannot read an object drops the message. */
export function oldMessage<T extends object>(message: T): T {
  const { version } = message as { version?: { serial?: string } };
  return typeof version === "object" ? { ...message, version: version.serial } : message;
}
