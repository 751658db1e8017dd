/** All spellings of secrets: in the clear, percent-encoded, and in base64 as headers have them. */
export function leaks(text: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => [
    secret,
    btoa(secret).replace(/=+$/, "").slice(0, -1),
    encodeURIComponent(secret),
  ]).concat(btoa(`app.key:${secrets[0]}`).slice(0, -2))
    .filter((spelling) => text.includes(spelling));
}

/** All that an object shows: as text of the runtime, as JSON, and in every own member, hidden ones included. */
export function shown(value: unknown): string {
  return [inspected(value), safeJson(value), ...members(value, new Set())].join("\n");
}

function inspected(value: unknown): string {
  const { Deno: deno, Bun: bun } = globalThis as {
    Deno?: { inspect(value: unknown, how: object): string };
    Bun?: { inspect(value: unknown, how: object): string };
  };
  const how = { depth: 20, showHidden: true };
  return (deno ?? bun)?.inspect(value, how) ?? String(value);
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

function members(value: unknown, seen: Set<object>): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  return Reflect.ownKeys(value).flatMap((name) => [
    String(name),
    ...members(Object.getOwnPropertyDescriptor(value, name)?.value, seen),
  ]);
}
