interface Test {
  (name: string, run: () => Promise<void>): void;
  skip(name: string, run: () => void): void;
}

export const test: Test;
