/** The number of an action on the wire; `undefined` for a name that has none. */
export function actionNumber(
  names: readonly string[],
  action: string | null | undefined,
): number | undefined {
  const number = names.indexOf(action as string);
  return number < 0 ? undefined : number;
}

/**
 * The name of an action, which is a number on the wire; `"unknown"` for a number that this module does not know (RSF1). A name
 * is returned unchanged, because a completed message may be decoded again.
 */
export function actionOf<Name extends string>(
  names: readonly Name[],
  action: unknown,
): Name | "unknown" {
  if (typeof action === "number") return names[action] ?? "unknown";
  return (names as readonly unknown[]).includes(action) ? action as Name : "unknown";
}
