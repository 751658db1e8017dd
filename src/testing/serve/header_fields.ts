/**
 * The fields of a response's headers, with a field of its own for each link: the clients for Go and Java read one link of a
 * field. `Headers` joins fields of the same name, so this is a list.
 */
export function headerFields(headers: Headers): [name: string, value: string][] {
  return [...headers].flatMap(([name, value]) =>
    name === "link" ? value.split(/, (?=<)/).map((link) => [name, link] as [string, string]) : [[
      name,
      value,
    ]]
  );
}
