import { AUTH_OPTIONS } from "../auth/checked_auth_options.ts";

/**
 * The options of a client as `client.options` shows them. Those that may hold secrets can be read by name, but neither
 * printing nor copying the object shows them.
 *
 * @param options An object of our own.
 */
export function shownOptions<Options extends object>(options: Options): Options {
  for (const name of [...Object.keys(AUTH_OPTIONS), "recover", "transportParams"]) {
    const value = options[name as keyof Options];
    Object.defineProperty(options, name, { enumerable: false, get: () => value });
  }
  return options;
}
