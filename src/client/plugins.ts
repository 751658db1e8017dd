import { readOptions, readPlugins } from "./resolve_options.ts";
import type { ClientOptions, Plugins } from "./client_options.ts";

/**
 * Client options with plugins that are built in; those of the caller replace them.
 *
 * @param given The options; or a key, or a token, told apart by the colon of a key (RSC1a).
 * @param builtIn The plugins.
 */
export function withPlugins(given: ClientOptions | string, builtIn: Plugins): ClientOptions {
  const options = readOptions(given);
  return { ...options, plugins: { ...builtIn, ...readPlugins(options) } };
}
