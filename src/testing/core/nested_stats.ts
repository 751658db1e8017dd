/** Statistics in the form before version 3 of the API: counters in objects within objects. */
export interface NestedStats {
  [name: string]: NestedStats | number;
}

/** The beginnings of counters' names, and the paths that the older form has for them. */
const PATHS: readonly (readonly [prefix: string, paths: readonly string[]])[] = [
  ["messages.", [""]],
  // The service does not count connections with and without TLS apart.
  ["connections.all.", ["connections.all.", "connections.tls."]],
  ["apiRequests.tokenRequests.", ["tokenRequests."]],
  ["apiRequests.all.", ["apiRequests."]],
  ["apiRequests.other.", []],
];

/** Converts counters by their names to the form before version 3 of the API. */
export function nestedStats(entries: Readonly<Record<string, number>>): NestedStats {
  const nested: NestedStats = {};
  for (const [name, value] of Object.entries(entries)) {
    for (const path of pathsOf(name)) put(nested, path.split("."), value);
  }
  return nested;
}

function pathsOf(name: string): readonly string[] {
  const found = PATHS.find(([prefix]) => name.startsWith(prefix));
  if (found === undefined) return [name];
  const [prefix, paths] = found;
  return paths.map((path) => path + name.slice(prefix.length));
}

function put(into: NestedStats, path: readonly string[], value: number): void {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const child = into[name] ??= {};
  if (typeof child === "object") put(child, rest, value);
}
