import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** The usual places of Chromium and its relatives. `CHROMIUM` names another place. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

// No network but this machine, and no need for a user namespace.
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The path of a Chromium on this machine; undefined if there is none. */
export function findChromium(): string | undefined {
  const named = Deno.env.get("CHROMIUM");
  return (named ? [named] : PLACES).find((path) => existsSync(path));
}

/** Starts Chromium with a new profile, until the scope ends. */
export async function startChromium(executablePath: string): Promise<AsyncDisposable & Browser> {
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS, timeout: 30_000 });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}
