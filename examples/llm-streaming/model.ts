/**
 * Imitates the stream of a language model: yields the words of an answer, one after the other.
 *
 * @param question The user's question.
 * @param pause Waits between two words, as a model does.
 */
export async function* fakeModel(
  question: string,
  pause: () => Promise<void> = async () => {},
): AsyncGenerator<string> {
  const answer = `You asked: ${question} Nobody knows, but here are some words about it.`;
  for (const word of answer.split(/(?<= )/)) {
    await pause();
    yield word;
  }
}
