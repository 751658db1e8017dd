/**
 * Makes a package by the name of `ably` that forwards to this library, so that an application, and packages that are built on
 * `ably`, run on this library without a change. The hooks of `ably/react` are Ably's own: they are copied from its package,
 * under its licence, because they work with any client of this shape.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };
import pinned from "../../package.json" with { type: "json" };
import { npmPack } from "./npm_pack.ts";

const FOLDER = "dist/ably";
const SOURCES = "tests/tools/alias";
const OFFICIAL = "node_modules/ably";
const OFFICIAL_VERSION = pinned.devDependencies.ably;
/**
 * Packages ask for a range of versions, so that it has the minor version whose API it has. The patch is one that Ably does not
 * have: package managers would take an equal version for installed when an application goes back.
 */
const VERSION = OFFICIAL_VERSION.replace(/\d+$/, "900");

const FORWARDED: Readonly<Record<string, string>> = {
  index: `export * from "${manifest.name}";\nexport { default } from "${manifest.name}";\n`,
  liveobjects: `export * from "${manifest.name}/liveobjects";\n`,
};

const README = `# ably, forwarded to ${manifest.name}

This package has the name of Ably's client, and forwards to ${manifest.name}. It is made by \`deno task pack\`, is not from
Ably, and is not published. \`react/\` is copied from \`ably\` ${OFFICIAL_VERSION} and is Ably's work, under the Apache licence in
\`LICENSE\`.
`;

/**
 * Makes the tarball.
 *
 * @returns Its path, from the root of the repository, which has to be the current folder.
 */
export async function packAlias(): Promise<string> {
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(FORWARDED)) {
    for (const ending of ["js", "d.ts"]) {
      await Deno.writeTextFile(`${FOLDER}/${name}.${ending}`, text);
    }
  }
  for (const file of ["modular.js", "modular.d.ts"]) {
    await Deno.copyFile(`${SOURCES}/${file}`, `${FOLDER}/${file}`);
  }
  await copyHooks(`${OFFICIAL}/react/mjs`, `${FOLDER}/react`);
  await Deno.copyFile(`${OFFICIAL}/LICENSE`, `${FOLDER}/LICENSE`);
  await Deno.writeTextFile(`${FOLDER}/README.md`, README);
  await Deno.writeTextFile(
    `${FOLDER}/package.json`,
    JSON.stringify(aliasManifest(), null, 2) + "\n",
  );
  return await npmPack(FOLDER);
}

function aliasManifest(): object {
  const entry = (name: string) => ({ types: `./${name}.d.ts`, default: `./${name}.js` });
  return {
    name: "ably",
    version: VERSION,
    // It must never take the place of Ably's package in a registry.
    private: true,
    description: `Forwards to ${manifest.name}, for applications and packages written for ably`,
    license: "Apache-2.0",
    type: "module",
    sideEffects: false,
    exports: {
      ".": entry("index"),
      "./liveobjects": entry("liveobjects"),
      "./liveobjects/react": entry("react/liveobjects/index"),
      "./modular": entry("modular"),
      "./react": entry("react/index"),
      "./package.json": "./package.json",
    },
    peerDependencies: { [manifest.name]: manifest.version, react: ">=16.8.0" },
    peerDependenciesMeta: { react: { optional: true } },
  };
}

/** Copies the modules and their declarations, without tests and source maps. */
async function copyHooks(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) await copyHooks(`${from}/${name}`, `${to}/${name}`);
    else if (/\.(js|d\.ts)$/.test(name) && !name.includes(".test.")) {
      await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
    }
  }
}
