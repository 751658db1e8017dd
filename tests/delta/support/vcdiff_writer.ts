/** Writes VCDIFF by the letter of RFC 3284, with nothing in common with the decoder. */

export const MAGIC: readonly number[] = [0xd6, 0xc3, 0xc4];
export const PLAIN_HEADER: readonly number[] = [...MAGIC, 0x00, 0x00];
export const OPEN_VCDIFF_HEADER: readonly number[] = [...MAGIC, 0x53, 0x00];

/** An integer in base 128 (RFC 3284, section 2). */
export function int(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift(128 + rest % 128);
  }
  return digits;
}

export function ascii(text: string): number[] {
  return [...text].map((char) => char.charCodeAt(0));
}

export interface WindowParts {
  /** The bits of the window's indicator. */
  indicator?: number;
  /** Size and position, where the indicator says that there is a source segment. */
  source?: [size: number, position: number];
  targetSize: number;
  compressed?: number;
  data?: number[];
  instructions?: number[];
  addresses?: number[];
  checksum?: number[];
}

export function window(parts: WindowParts): number[] {
  const { data = [], instructions = [], addresses = [], checksum = [] } = parts;
  const body = [
    ...int(parts.targetSize),
    parts.compressed ?? 0,
    ...int(data.length),
    ...int(instructions.length),
    ...int(addresses.length),
    ...checksum,
    ...data,
    ...instructions,
    ...addresses,
  ];
  const source = parts.source?.flatMap(int) ?? [];
  return [parts.indicator ?? 0, ...source, ...int(body.length), ...body];
}

export function delta(...windows: number[][]): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...PLAIN_HEADER, ...windows.flat()]);
}

export type Step =
  | { type: "add"; bytes: number[] }
  | { type: "run"; byte: number; size: number }
  | { type: "copy"; address: number; size: number };

/** Which of the ways to give an address and to pick an opcode is taken; the tests draw at random. */
export type Choose = (count: number) => number;

export interface Sections {
  data: number[];
  instructions: number[];
  addresses: number[];
  /** All three in one, as open-vcdiff writes them for streaming. */
  interleaved: number[];
  /** The entries of the code table that were used. */
  opcodes: number[];
}

/** The sections of a window that carries out the steps. */
export function assemble(
  steps: readonly Step[],
  { sourceSize, choose }: { sourceSize: number; choose: Choose },
): Sections {
  const opcodes: number[] = [];
  const data: number[] = [];
  const instructions: number[] = [];
  const addresses: number[] = [];
  const interleaved: number[] = [];
  const cache = new AddressWriter();
  let here = sourceSize;
  let i = 0;
  while (i < steps.length) {
    const first = encodeStep(steps[i]!, { here, cache, choose });
    here += first.size;
    const second = pairOf(steps[i], steps[i + 1])
      ? encodeStep(steps[i + 1]!, { here, cache, choose })
      : undefined;
    const opcode = second && pairOpcode(first, second);
    if (second?.type === "copy" && opcode === undefined) cache.undo();
    const parts = second && opcode !== undefined ? [first, second] : [first];
    if (second && opcode !== undefined) here += second.size;
    const code = opcode === undefined ? singleOpcode(first, choose) : [opcode];
    opcodes.push(code[0]!);
    instructions.push(...code);
    interleaved.push(...code);
    for (const part of parts) {
      data.push(...part.data);
      addresses.push(...part.address);
      interleaved.push(...part.data, ...part.address);
    }
    i += parts.length;
  }
  return { data, instructions, addresses, interleaved, opcodes };
}

interface Encoded {
  type: Step["type"];
  size: number;
  mode: number;
  data: number[];
  address: number[];
}

function encodeStep(
  step: Step,
  { here, cache, choose }: { here: number; cache: AddressWriter; choose: Choose },
): Encoded {
  if (step.type === "add") {
    return { type: "add", size: step.bytes.length, mode: 0, data: step.bytes, address: [] };
  }
  if (step.type === "run") {
    return { type: "run", size: step.size, mode: 0, data: [step.byte], address: [] };
  }
  return { type: "copy", size: step.size, data: [], ...cache.write(step.address, here, choose) };
}

function pairOf(first: Step | undefined, second: Step | undefined): boolean {
  return (first?.type === "add" && second?.type === "copy") ||
    (first?.type === "copy" && second?.type === "add");
}

// RFC 3284, section 5.6, lines 21 to 36 of the table, as formulas.
function pairOpcode(first: Encoded, second: Encoded): number | undefined {
  if (first.type === "copy") {
    return first.size === 4 && second.size === 1 ? 247 + first.mode : undefined;
  }
  if (first.size < 1 || first.size > 4) return undefined;
  if (second.mode <= 5) {
    if (second.size < 4 || second.size > 6) return undefined;
    return 163 + 12 * second.mode + 3 * (first.size - 1) + second.size - 4;
  }
  return second.size === 4 ? 235 + 4 * (second.mode - 6) + first.size - 1 : undefined;
}

function singleOpcode({ type, size, mode }: Encoded, choose: Choose): number[] {
  if (type === "run") return [0, ...int(size)];
  const [explicit, short] = type === "add"
    ? [1, size >= 1 && size <= 17 ? 1 + size : undefined]
    : [19 + 16 * mode, size >= 4 && size <= 18 ? 19 + 16 * mode + size - 3 : undefined];
  return short === undefined || choose(4) === 0 ? [explicit, ...int(size)] : [short];
}

/** The address cache of the writing side (RFC 3284, section 5.3). */
class AddressWriter {
  #near: number[] = [0, 0, 0, 0];
  #same: number[] = Array(768).fill(0);
  #next = 0;
  #undo: () => void = () => {};

  write(address: number, here: number, choose: Choose): { mode: number; address: number[] } {
    const ways = [
      { mode: 0, address: int(address) },
      { mode: 1, address: int(here - address) },
    ];
    this.#near.forEach((near, i) => {
      if (near <= address) ways.push({ mode: 2 + i, address: int(address - near) });
    });
    const slot = address % 768;
    if (this.#same[slot] === address) {
      ways.push({ mode: 6 + Math.floor(slot / 256), address: [slot % 256] });
    }
    const way = ways.at(-1)!.mode >= 6 && choose(2) === 0
      ? ways.at(-1)!
      : ways[choose(ways.length)]!;
    const [near, same, next] = [[...this.#near], this.#same[slot]!, this.#next];
    this.#undo = () => {
      this.#near = near;
      this.#same[slot] = same;
      this.#next = next;
    };
    this.#near[this.#next] = address;
    this.#next = (this.#next + 1) % 4;
    this.#same[slot] = address;
    return way;
  }

  /** Forgets the address written last. */
  undo(): void {
    this.#undo();
    this.#undo = () => {};
  }
}
