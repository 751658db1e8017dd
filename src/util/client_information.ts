import { type Agents, agentText } from "./agent.ts";

/** The description of this module that it sends to Ably (CR1). */
export interface ClientInformationStatic {
  /**
   * The products named in the agent string: this module, and the runtime (CR2a). A client that uses a key names the module
   * `ably-edge-server`, unless its `clientType` is `"device"`.
   */
  readonly agents: Agents;
  /**
   * The agent string (CR3b). Only for use by SDKs that Ably authors (CR3d).
   *
   * @param additionalAgents Products to add, by name, with their versions (CR3c).
   */
  agentIdentifier(additionalAgents?: Agents | null): string;
}

/** The description of this module that it sends to Ably (CR1). */
export const ClientInformation: ClientInformationStatic = {
  get agents() {
    const entries = agentText().split(" ").map((entry) => entry.split("/") as [string, string?]);
    return Object.fromEntries(entries);
  },
  agentIdentifier: (additionalAgents) => agentText({ agents: [additionalAgents] }),
};
