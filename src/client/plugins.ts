import { readOptions, readPlugins } from "./resolve_options.ts";
import { namesOf } from "../util/near_misses.ts";
import type { ClientOptions, Plugins } from "./client_options.ts";

/**
 * Client options with plugins that are built in; the caller's plugins replace them.
 *
 * @param given The options; or a key or a token; only a key has a colon (RSC1a).
 * @param builtIn The plugins.
 */
export function withPlugins(given: ClientOptions | string, builtIn: Plugins): ClientOptions {
  const options = readOptions(given);
  return { ...namesOf(given), ...options, plugins: { ...builtIn, ...readPlugins(options) } };
}
