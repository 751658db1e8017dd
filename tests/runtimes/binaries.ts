import { createRequire } from "node:module";
import { ROOT } from "./files.ts";

const fromRoot = createRequire(`${ROOT}/package.json`);

/** Finds the program inside Bun's package for this platform; its installation script never ran. */
export function bunPath(): string {
  const cpu = Deno.build.arch === "aarch64" ? "aarch64" : "x64";
  const fromBun = createRequire(fromRoot.resolve("bun/package.json"));
  return fromBun.resolve(`@oven/bun-${Deno.build.os}-${cpu}/bin/bun`);
}

/** Finds workerd's program and the newest compatibility date that it knows. */
export function workerdBinary(): { path: string; newestDate: string } {
  const { default: path, compatibilityDate } = fromRoot("workerd");
  return { path, newestDate: compatibilityDate };
}
