import * as esbuild from "esbuild";

let builds = 0;

/**
 * Bundles with esbuild, and ends its process after the last of the builds that run at the same time: the process would keep this
 * one alive, and its end fails the builds that still run.
 */
export const build: typeof esbuild.build = async (options) => {
  builds++;
  try {
    return await esbuild.build(options);
  } finally {
    if (--builds === 0) await esbuild.stop();
  }
};
