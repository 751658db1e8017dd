import * as Action from "../../protocol/action_numbers.ts";
import { alphanumeric } from "../core/identifiers.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { deleteObject } from "./collect_objects.ts";
import type { ObjectMessage } from "./wire_operation.ts";
import { ROOT } from "./stored_objects.ts";
import { syncFrames } from "./object_sync.ts";
import { readOperation } from "./read_operation.ts";

/** The origin of an operation from another site. */
export interface OperationOrigin {
  /** The site. */
  siteCode: string;
  /** The serial. Those of one site increase. Defaults to one that is greater than all others. */
  serial?: string | null;
  /** The clientId of the publisher. */
  clientId?: string | null;
}

/** Changes to objects that only a service can make. */
export interface ServiceObjects {
  /**
   * Deletes an object, even if other objects refer to it.
   *
   * @throws {ErrorInfo} 92004 if there is no such object, 92000 for the root.
   */
  delete(objectId: string): void;
  /** Sends all objects again to every client that is attached with the mode for them. */
  sync(): void;
  /**
   * Applies an operation as if it came from another site.
   *
   * @param operation The operation in its wire form for JSON: `{ action: 4, objectId, counterInc: { number: 1 } }`.
   * @throws {ErrorInfo} 92000, 92002 or 92004 if it cannot be applied.
   */
  apply(operation: Record<string, unknown>, origin: OperationOrigin): Promise<void>;
}

/**
 * The handle for the objects of a channel.
 *
 * @throws {ErrorInfo} 40010 if it is not a channel name.
 */
export function objectHandle(app: AblyApp, channelName: string): ServiceObjects {
  const { base: name } = parsePublishable(channelName);
  return {
    delete(objectId) {
      const channel = app.channel(name);
      if (channel.objects.get(objectId) === undefined) {
        throw serviceError(ServiceCode.ObjectNotFound, "There is no object with this objectId");
      }
      if (objectId === ROOT) {
        throw serviceError(ServiceCode.InvalidObjectMessage, "The root cannot be deleted");
      }
      deleteObject(channel, objectId);
    },
    sync() {
      const channel = app.channel(name);
      for (const attachment of channel.attachments) {
        attachment.resync((full) => syncFrames(channel, full));
      }
    },
    async apply(operation, { siteCode, serial, clientId }) {
      const read = await readOperation(operation, "json");
      const channel = app.channel(name);
      channel.objects.check([read]);
      const timestamp = channel.clock.stamp();
      const channelSerial = channel.nextSerial(timestamp);
      const own = serial ?? `${channelSerial}:0`;
      channel.objects.apply(read, { serial: own, timestamp, siteCode });
      const id = alphanumeric(channel.random, 12);
      const message: ObjectMessage = {
        id: `${id}:0`,
        ...(clientId != null && { clientId }),
        timestamp,
        serial: own,
        serialTimestamp: timestamp,
        siteCode,
        operation: read,
      };
      channel.emit({ action: Action.Object, channelSerial, id, timestamp, state: [message] });
    },
  };
}
