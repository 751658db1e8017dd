import "server-only";

/** The fewest characters of each variable. There are no defaults, because everyone could read them here. */
const LENGTHS = { ABLY_API_KEY: 1, DEMO_PASSWORD: 12, SESSION_SECRET: 32 };

/**
 * A variable of the environment. It is read when it is needed, so that the app can be built without it.
 *
 * @throws {Error} If it is missing or too short.
 */
export function setting(name: keyof typeof LENGTHS): string {
  const value = process.env[name] ?? "";
  if (value.length >= LENGTHS[name]) return value;
  throw new Error(`${name} is not set, or is shorter than ${LENGTHS[name]}: see .env.example`);
}
