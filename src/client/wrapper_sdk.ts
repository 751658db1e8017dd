import type { Agents } from "../util/agent.ts";
import { type Members, readObject, type Shape } from "../util/read_members.ts";

/** The wrapper SDK that uses a client (WPO1). */
export interface WrapperSDKProxyOptions {
  /** Products to name in the agent string, by name, with their versions (WPO2a). */
  agents?: Agents | null;
}

const WRAPPER_OPTIONS: Shape<WrapperSDKProxyOptions> = {
  what: "The options of the wrapper SDK",
  names: { agents: true },
};

/**
 * Reads the options of a wrapper SDK.
 *
 * @throws {ErrorInfo} 40003 if they are not an object.
 */
export function readWrapperOptions(given: WrapperSDKProxyOptions): Members<WrapperSDKProxyOptions> {
  return readObject(given, WRAPPER_OPTIONS);
}
