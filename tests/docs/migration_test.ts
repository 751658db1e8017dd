import * as Ably from "ably";
import { Realtime, Rest } from "../../mod.ts";
import { createService, serve } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";

const text = Deno.readTextFileSync(
  new URL("../../docs/migrate-from-ably-js.md", import.meta.url),
);

/** Follows a path such as `channel.presence.get()` from one of the objects. */
function follow(objects: Record<string, unknown>, path: string): unknown {
  return path.replace("()", "").split(".").reduce(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    objects as unknown,
  );
}

test("docs, migrate-from-ably-js.md: what is said to be the same is there in both", async () => {
  await using service = createService();
  await using served = await serve(service);
  const options = { ...served.options(), autoConnect: false };
  const objectsOf = async (rest: Rest | Ably.Rest, client: Realtime | Ably.Realtime) => ({
    rest,
    client,
    restChannel: rest.channels.get("c"),
    channel: client.channels.get("c"),
    page: await rest.channels.get("c").history(),
  });
  const ours = await objectsOf(new Rest(options), new Realtime(options));
  const theirs = await objectsOf(new Ably.Rest(options), new Ably.Realtime(options));
  const section = text.slice(text.indexOf("## The same"), text.indexOf("## New"));
  const paths = [...section.matchAll(/`((?:rest|client|restChannel|channel|page)\.[\w.()]+)`/g)];
  assert(paths.length > 80, `only ${paths.length} members`);
  for (const [, path = ""] of paths) {
    const kind = path.endsWith("()") ? "function" : undefined;
    for (const [name, objects] of Object.entries({ ours, theirs })) {
      const value = follow(objects, path);
      // A client that has not connected has no clientId.
      if (kind) assertEquals(typeof value, kind, `${name}: ${path}`);
      else assert(value !== undefined || path === "client.clientId", `${name}: ${path}`);
    }
  }
});

test("docs, migrate-from-ably-js.md: the version is the one that is tested", () => {
  const manifest = Deno.readTextFileSync(new URL("../../package.json", import.meta.url));
  const { devDependencies: { ably } } = JSON.parse(manifest);
  assert(text.includes(`\`ably\` ${ably}`));
});

test("docs, migrate-from-ably-js.md: every difference names a test that is there", () => {
  const section = text.slice(text.indexOf("## Different"), text.indexOf("## The same"));
  const rows = section.split("\n").filter((line) => line.startsWith("| ")).slice(2);
  assert(rows.length > 35, `only ${rows.length} rows`);
  for (const row of rows) {
    const [, file] = /`([\w/]+_test\.ts)` *\|$/.exec(row) ?? [];
    assert(file, row);
    assert(Deno.statSync(new URL(`../${file}`, import.meta.url)).isFile, file);
  }
});
