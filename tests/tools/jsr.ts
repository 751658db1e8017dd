/**
 * Makes the folder that is published to JSR: the files that `deno publish` takes, and a manifest that names `@std/encoding` where it
 * is published, on JSR. In this repository the import map names `deno-std` on npm, a repackaging of the same code, so that the tests
 * run where only npm can be reached.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };
import { ENTRIES } from "./entries.ts";

const FOLDER = "dist/jsr";
const FILES = ["mod.ts", "README.md", "CHANGELOG.md", "LICENSE"];
/** The same code on npm and on JSR, by the name on npm. */
const ON_JSR: Readonly<Record<string, string>> = { "deno-std": "jsr:@std" };
const STD_VERSION = "^1.0.10";

/** The import map of what is published: the entries that the sources use. */
export function importsForJsr(
  imports: Readonly<Record<string, string>>,
  used: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(imports).filter(([specifier]) => used.has(specifier)).map(
      ([specifier, target]) => {
        const [, name = "", path = ""] = /^npm:\/?([^@]+)@[^/]+(.*)$/.exec(target) ?? [];
        const scope = ON_JSR[name];
        if (scope === undefined) return [specifier, target];
        const [, library, file] = /^\/(\w+)\/(\w+)\.js$/.exec(path) ?? [];
        if (specifier !== `@std/${library}/${file}`) {
          throw new Error(`"${specifier}" is not the file "${target}" of the same name`);
        }
        return [specifier, `${scope}/${library}@${STD_VERSION}/${file}`];
      },
    ),
  );
}

/** The specifiers of packages that the sources import. */
function usedSpecifiers(folder: string): Set<string> {
  const used = new Set<string>();
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) usedSpecifiers(path).forEach((specifier) => used.add(specifier));
    else {
      const text = Deno.readTextFileSync(path);
      for (
        const [, specifier = ""] of text.matchAll(/^(?:import|export|}).* from "([^."][^"]*)"/gm)
      ) {
        used.add(specifier);
      }
    }
  }
  return used;
}

/** Writes the folder. */
async function main(): Promise<void> {
  const used = usedSpecifiers("src");
  const imports = importsForJsr(manifest.imports, used);
  const missing = [...used].filter((name) => !(name in imports) && !/^(?:node|npm):/.test(name));
  if (missing.length > 0) throw new Error(`Not in the import map: ${missing.join(", ")}`);

  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const file of FILES) await Deno.copyFile(file, `${FOLDER}/${file}`);
  await copyFolder("src", `${FOLDER}/src`);
  const { name, version, license, compilerOptions } = manifest;
  await Deno.writeTextFile(
    `${FOLDER}/deno.json`,
    JSON.stringify(
      {
        name,
        version,
        license,
        exports: Object.fromEntries(ENTRIES.map(({ name, file }) => [name, `./${file}`])),
        imports,
        compilerOptions,
      },
      null,
      2,
    ) + "\n",
  );
  console.log(`${FOLDER}: ${Object.values(imports).join(", ")}`);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

if (import.meta.main) await main();
