import type { ClientOptions, Plugins } from "../client_options.ts";

/**
 * Client options with plugins that are built in; those of the caller replace them.
 *
 * @param given The options; or a key, or a token, told apart by the colon of a key (RSC1a).
 * @param builtIn The plugins.
 */
export function withPlugins(given: ClientOptions | string, builtIn: Plugins): ClientOptions {
  if (typeof given === "string" && given !== "") {
    return { ...given.includes(":") ? { key: given } : { token: given }, plugins: builtIn };
  }
  if (typeof given !== "object" || given === null) return given as ClientOptions; // Refused later on.
  return { ...given, plugins: { ...builtIn, ...given.plugins } };
}
