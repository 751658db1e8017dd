/** A language model: the pieces of its answer to a question. */
export type Model = (question: string) => AsyncIterable<string>;

/**
 * Imitates the stream of a language model: yields the words of an answer, one after the other.
 *
 * @param question The user's question.
 * @param pause Waits between two words, as a model does.
 */
export async function* fakeModel(
  question: string,
  pause: () => Promise<void>,
): AsyncGenerator<string> {
  const answer =
    `You asked: “${question}” This is no real model, so here are only some words, which come one ` +
    "after the other. Open a second tab, or load this one again: each shows the same answer, from " +
    "its beginning.";
  for (const word of answer.split(/(?<= )/)) {
    await pause();
    yield word;
  }
}
