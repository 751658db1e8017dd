/** The method that Deno, Node, Bun and Workers call for the form in which a console shows an object. */
export const inspect: unique symbol = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom");

/** Whether the console is Bun's, which shows the form of an error and the class of an object differently. */
export const isBun: boolean = /* @__PURE__ */ Reflect.has(globalThis, "Bun");

/**
 * The form in which a console shows an object.
 *
 * @param name The name of its class. Bundlers change that of the class itself.
 * @param members The members to show; no secrets.
 * @param given The arguments of the {@linkcode inspect} method.
 */
export function shownAs(
  name: string,
  members: object,
  [, options, print]: readonly unknown[],
): unknown {
  const Named = { [name]: class {} }[name]!;
  const form = Object.assign(new Named(), members);
  // Bun ignores the class of the form.
  return isBun && print ? (print as (...args: unknown[]) => string)(form, options) : form;
}
