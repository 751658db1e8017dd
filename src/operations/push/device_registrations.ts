import { checkText, memberOf } from "../../client/checks.ts";
import { pathSegment } from "../../client/paths.ts";
import { unexpectedAnswer } from "../../client/answers.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";
import type { ClientContext } from "../../client/context.ts";
import type { PaginatedResult } from "../paging/paginated_result.ts";
import { deletePush, deleteWhere, listPush, sendPush } from "./push_requests.ts";
import { completeDevice, type DeviceDetails, ownDevice } from "./push_types.ts";
import { callbackRefused, checkNoCallback } from "../../util/callbacks.ts";

/** The filters for devices. */
export interface DeviceFilter extends CallOptions {
  /** Only this device. */
  deviceId?: string | null;
  /** Only devices of this client. */
  clientId?: string | null;
}

/** The params for listing devices (RSH1b2). */
export interface ListDevicesParams extends DeviceFilter {
  /** Only devices in this state. */
  state?: string | null;
  /** The number of devices in a page. Defaults to 100. */
  limit?: number | null;
}

const PATH = "/push/deviceRegistrations";

/** The devices that are registered for push notifications (RSH1b). They require the `push-admin` capability. */
export class PushDeviceRegistrations {
  readonly #context: ClientContext;

  /** Made by its client. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Registers a device, or updates its registration (RSH1b3).
   *
   * @param device The device, with all its attributes.
   * @param options The signal.
   * @returns The device as it is registered now.
   * @throws {ErrorInfo} 40003 if it has no id or no push recipient; or the error that the service returned.
   */
  async save(device: DeviceDetails, options?: CallOptions | null): Promise<DeviceDetails> {
    const body = ownDevice(device);
    const answer = await sendPush(this.#context, {
      method: "PUT",
      path: devicePath(body.id),
      body,
      signal: signalOf(options),
    });
    return checked(answer, "save a device");
  }

  /**
   * Reads the registration of a device (RSH1b1).
   *
   * @param deviceIdOrDetails The device, or its id.
   * @param options The signal.
   * @throws {ErrorInfo} 40003 without an id, 40400 if there is no such device; or the error that the service returned.
   */
  async get(
    deviceIdOrDetails: string | DeviceDetails,
    options?: CallOptions | null,
  ): Promise<DeviceDetails> {
    const path = devicePath(idOf(deviceIdOrDetails));
    const body = await sendPush(this.#context, { method: "GET", path, signal: signalOf(options) });
    return checked(body, "get a device");
  }

  /**
   * Lists devices (RSH1b2).
   *
   * @param params The filters, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is not valid; or the error that the service returned.
   */
  list(params?: ListDevicesParams | null): Promise<PaginatedResult<DeviceDetails>> {
    return callbackRefused(arguments) ??
      listPush(this.#context, PATH, { params, decode: completeDevice });
  }

  /**
   * Removes a device and its subscriptions (RSH1b4). Succeeds also if there is no such device.
   *
   * @param deviceIdOrDetails The device, or its id.
   * @param options The signal.
   * @throws {ErrorInfo} 40003 without an id; or the error that the service returned.
   */
  async remove(
    deviceIdOrDetails: string | DeviceDetails,
    options?: CallOptions | null,
  ): Promise<void> {
    const path = devicePath(idOf(deviceIdOrDetails));
    await deletePush(this.#context, path, { signal: signalOf(options) });
  }

  /**
   * Removes all devices that match (RSH1b5). Succeeds even if no device matches.
   *
   * @param params The filters, and the signal.
   * @throws {ErrorInfo} 40003 without a filter; or the error that the service returned.
   */
  async removeWhere(params: DeviceFilter): Promise<void> {
    checkNoCallback(arguments);
    await deleteWhere(this.#context, PATH, { params, what: "devices" });
  }
}

function devicePath(id: string): string {
  return `${PATH}/${pathSegment(id, "The id of the device")}`;
}

function idOf(device: unknown): string {
  const id = memberOf(device, "id", "find the device");
  checkText(id, "The id of the device");
  return id;
}

function checked(body: unknown, action: string): DeviceDetails {
  if (typeof body !== "object" || body === null) throw unexpectedAnswer(action);
  return completeDevice(body);
}
