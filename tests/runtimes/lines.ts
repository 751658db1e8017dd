/** Splits a stream of text into lines. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}

/** Prints the lines of a stream but those that say nothing new. */
export async function printLines(
  stream: ReadableStream<Uint8Array>,
  noise: RegExp,
  rewrite = (line: string) => line,
): Promise<void> {
  for await (const line of lines(stream)) {
    if (!noise.test(line.replace(COLORS, ""))) console.log(rewrite(line));
  }
}

// deno-lint-ignore no-control-regex
const COLORS = /\x1b\[[\d;]*m/g;
