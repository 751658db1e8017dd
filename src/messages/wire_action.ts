/**
 * The name of an action, which is a number on the wire; `"unknown"` if it comes from the future (RSF1). A name stays as it
 * is: what was decoded before may be decoded again.
 */
export function actionOf<Name extends string>(
  names: readonly Name[],
  action: unknown,
): Name | "unknown" {
  if (typeof action === "number") return names[action] ?? "unknown";
  return (names as readonly unknown[]).includes(action) ? action as Name : "unknown";
}
