export default {
  mode: "production",
  target: "node",
  entry: "./main.ts",
  output: { filename: "bundle.mjs", module: true, library: { type: "module" } },
  module: { rules: [{ test: /\.ts$/, loader: "builtin:swc-loader", type: "javascript/auto" }] },
};
