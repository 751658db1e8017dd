// The bundle is loaded by Deno, which has no document to preload modules with.
export default { build: { modulePreload: { polyfill: false } } };
