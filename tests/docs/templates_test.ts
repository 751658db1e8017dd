import { assert, assertEquals, test } from "../harness.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const { version } = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", EXAMPLES)));

/** Packages that others need and that no source imports. */
const PEERS: Readonly<Record<string, string>> = { next: "react-dom" };

/** The packages that the sources of an example import. */
function packagesIn(folder: URL): Set<string> {
  const packages = new Set<string>();
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) packagesIn(new URL(`${name}/`, folder)).forEach((name) => packages.add(name));
    if (!/\.tsx?$/.test(name)) continue;
    const text = Deno.readTextFileSync(new URL(name, folder));
    for (
      const [, specifier = ""] of text.matchAll(
        /^(?:import|(?:import|export|}) .*from) "([^."][^"]*)";$/gm,
      )
    ) {
      const [, name] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier)!;
      if (!specifier.startsWith("node:")) packages.add(name!);
    }
  }
  return packages;
}

for (const { name, isDirectory } of Deno.readDirSync(EXAMPLES)) {
  if (!isDirectory || name === "docker") continue; // It consists of a Dockerfile.
  test(`examples, ${name}: a manifest names the packages that it imports, so that the folder can be copied`, () => {
    const folder = new URL(`${name}/`, EXAMPLES);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const used = [...packagesIn(folder)].sort();
    if (files.includes("package.json")) {
      const { dependencies, devDependencies = {} } = JSON.parse(
        Deno.readTextFileSync(new URL("package.json", folder)),
      );
      const needed = [...used, ...used.map((name) => PEERS[name] ?? name)];
      const atRunTime = needed.filter((name) => !(name in devDependencies));
      assertEquals(Object.keys(dependencies).sort(), [...new Set(atRunTime)].sort());
      assertEquals(dependencies["@ably-edge/sdk"], `^${version}`);
    } else {
      const { imports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", folder)));
      assertEquals(Object.keys(imports).sort(), used);
      assertEquals(imports["@ably-edge/sdk"], `jsr:@ably-edge/sdk@^${version}`);
    }
    assert(used.includes("@ably-edge/sdk"));
  });
}
