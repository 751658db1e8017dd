/** The number of characters that are shown. Texts from the network can have megabytes. */
const LONGEST = 2_000;

/**
 * A text for logs and error messages: on one line, with control characters written as `\u001b`, so that they cannot control the
 * reader's terminal, and cut if it is very long.
 *
 * @param longest The number of characters at which it is cut.
 */
export function printable(text: string, longest = LONGEST): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return shown.replace(
    // Control characters, characters that change the direction of text, and halves of surrogate pairs. Runtimes take 0.1 to
    // 0.2 ms to read this pattern, here at the first call, outside of the function at import.
    /[\p{Cc}\p{Surrogate}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
