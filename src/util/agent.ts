import { LIBRARY_VERSION } from "../version.ts";

/** Products by name, with their version where they have one (RSC7d1). */
export type Agents = Record<string, string | boolean | undefined>;

/** The contents of an `Ably-Agent` identifier beyond the library and the runtime. */
export interface AgentParts {
  /**
   * Whether to declare that this client is a server. Ably counts servers apart from devices, and accepts the declaration only
   * from a key. A token carries it as a claim of its own; a declaration without that claim is refused (40167).
   */
  server?: boolean;
  /** Further products, such as those of a wrapper SDK (RSC7d6a, RSC7d7). */
  agents?: readonly (Agents | null | undefined)[];
}

/**
 * The `Ably-Agent` identifier (RSC7d1): this library, the runtime, and any further products, for example
 * `ably-edge-server/0.1.0 deno/2.9.6`.
 */
export function agentText({ server = false, agents = [] }: AgentParts = {}): string {
  let text = `ably-edge${server ? "-server" : ""}/${LIBRARY_VERSION} ${runtimeAgent()}`;
  for (const products of agents) {
    const more = productsText(products ?? {});
    if (more !== "") text += ` ${more}`;
  }
  return text;
}

/** Products as part of an agent identifier (RSC7d1). */
export function productsText(products: Agents): string {
  let text = "";
  for (const name of Object.keys(products)) {
    const version = products[name];
    text += `${text && " "}${name}${version == null ? "" : `/${version}`}`;
  }
  return text;
}

let runtimeEntry: string | undefined;

/** The entry of the runtime, from `navigator.userAgent`, which needs no permission anywhere. */
function runtimeAgent(): string {
  return runtimeEntry ??= detectRuntime();
}

function detectRuntime(): string {
  const userAgent = globalThis.navigator?.userAgent ?? "";
  const [known = "browser"] =
    /^(?:Deno|Bun|Node\.js)\/\d[\w.+-]*|^Cloudflare-Workers$/.exec(userAgent) ?? [];
  return known.replace("Node.js", "nodejs").toLowerCase();
}
