/**
 * The examples as templates: each is copied, installed from the package, and run with real requests. Those of npm are workspaces of
 * one project, because Next.js alone takes half a gigabyte.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { ROOT } from "../runtimes/files.ts";
import type { Summary } from "../runtimes/summary.ts";

/** The address of the local service. */
export interface Address {
  endpoint: string;
  port: number;
  tls: boolean;
  key: string;
}

/** The place of copied templates. */
export interface Templates {
  /** The folder with a folder for each template. */
  folder: string;
  /** The local service. */
  address: Address;
  /** The path of Node. */
  node: string;
}

/** Checks, by name. A check that cannot run to its end returns the reason. */
export type Checks = Readonly<Record<string, (templates: Templates) => Promise<void | string>>>;

/** The password and the secret of all templates. */
export const SECRET = "the-secret-of-these-templates-0123456789";

const EXAMPLES = `${ROOT}/examples`;
/** Folders and files that are made in an example and are not part of it. */
const MADE = new Set(["node_modules", "dist", ".next", ".wrangler"]);

/** The names of the examples that have a file of this name. */
export function examplesWith(file: string): string[] {
  const folders = [...Deno.readDirSync(EXAMPLES)].filter(({ isDirectory }) => isDirectory);
  return folders.map(({ name }) => name)
    .filter((name) => existsSync(`${EXAMPLES}/${name}/${file}`))
    .sort();
}

/** Copies the examples for npm, as a user does who begins with one, and lets them install the tarball. */
export async function copyNpmTemplates(folder: string): Promise<void> {
  for (const name of examplesWith("package.json")) {
    await copyExample(name, folder);
    await change(`${folder}/${name}/package.json`, (manifest) => {
      manifest.dependencies["@ably-edge/sdk"] = "file:../../sdk.tgz";
    });
  }
  // One build of Next.js is enough, so the routes that use all of the library go into the example.
  await copy(`${folder}/next_routes`, `${folder}/nextjs/app/smoke`);
}

/** Copies the examples for Deno, and links them to the clone as the README says. */
export async function copyDenoTemplates(folder: string): Promise<void> {
  for (const name of examplesWith("deno.json")) {
    await copyExample(name, folder);
    await change(`${folder}/${name}/deno.json`, (config) => config.links = [ROOT]);
  }
}

/** Runs checks one after the other, and counts them. */
export async function runChecks(
  where: string,
  checks: Checks,
  templates: Templates,
): Promise<Summary> {
  const summary: Summary = { where, passed: 0, failed: 0, skipped: [] };
  for (const [name, check] of Object.entries(checks)) {
    try {
      const missing = await check(templates);
      if (missing === undefined) summary.passed++;
      else summary.skipped.push(`${where}: ${name} (${missing})`);
    } catch (error) {
      console.log(`${where}: ${name}\n`, error);
      summary.failed++;
    }
  }
  return summary;
}

/** A port that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function copyExample(name: string, folder: string): Promise<void> {
  await copy(`${EXAMPLES}/${name}`, `${folder}/${name}`);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (MADE.has(name)) continue;
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

// deno-lint-ignore no-explicit-any -- a manifest, whose shape the examples' own test checks
async function change(path: string, edit: (json: any) => void): Promise<void> {
  const json = JSON.parse(await Deno.readTextFile(path));
  edit(json);
  await Deno.writeTextFile(path, JSON.stringify(json, null, 2));
}
