import { Realtime, Rest } from "../../mod.ts";
import { assertEquals, test } from "../harness.ts";

interface Declaration {
  def: { methods?: { name: string }[]; properties?: { name: string }[] };
}

/** The names that `deno doc`, and so JSR, lists on the page of a symbol of the root entry. */
function documented(symbol: string): Set<string> {
  const { stdout } = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "mod.ts"],
    cwd: new URL("../../", import.meta.url),
  }).outputSync();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const symbols: { name: string; declarations: Declaration[] }[] = Object.values<
    { symbols: { name: string; declarations: Declaration[] }[] }
  >(nodes).flatMap(({ symbols }) => symbols);
  const declarations = symbols.filter(({ name }) => name === symbol).flatMap((found) =>
    found.declarations
  );
  return new Set(
    declarations.flatMap(({ def: { methods = [], properties = [] } }) =>
      [...methods, ...properties].map(({ name }) => name)
    ),
  );
}

/** The names of the members of a client, inherited ones too. */
function membersOf(client: object): string[] {
  const names = new Set(Object.keys(client));
  for (
    let at = Object.getPrototypeOf(client);
    at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    Object.getOwnPropertyNames(at).forEach((name) => names.add(name));
  }
  return [...names];
}

const KEY = "appId.keyId:secret";
// Not for users: `ably` has it for the packages built on it.
const HIDDEN = ["constructor", "logger"];

for (
  const [name, make] of Object.entries({
    Rest: () => new Rest(KEY),
    Realtime: () => new Realtime({ key: KEY, autoConnect: false }),
  })
) {
  test(`reference: the page of ${name} lists every member`, async () => {
    await using client = make();
    const listed = documented(name);
    const missing = membersOf(client).filter((member) =>
      !listed.has(member) && !HIDDEN.includes(member)
    );
    assertEquals(missing, []);
  });
}
