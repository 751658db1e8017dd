// Node runs TypeScript without its types, but knows no import map. Loaded by `node --import`.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (name, context, next) => next(name.replace(/^@std\/(.*)$/, "deno-std/$1.js"), context),
});
