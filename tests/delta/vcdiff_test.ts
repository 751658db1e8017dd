import { decodeVcdiff } from "../../src/delta/vcdiff.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { fromBase64, fromUtf8, utf8 } from "../../src/util/bytes.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";
import {
  ascii,
  assemble,
  delta,
  int,
  MAGIC,
  OPEN_VCDIFF_HEADER,
  PLAIN_HEADER,
  type Step,
  window,
} from "./support/vcdiff_writer.ts";

const SOURCE = 1;
const TARGET = 2;
const CHECKSUM = 4;
const ALPHABET = utf8("abcdefghijklmnopqrstuvwxyz");
const NOTHING = new Uint8Array();

function decodeText(bytes: Uint8Array, base: Uint8Array = NOTHING): string {
  return fromUtf8(decodeVcdiff(bytes, base));
}

function assertRefused(bytes: Uint8Array, reason: string, base: Uint8Array = NOTHING): void {
  const error = assertThrows(() => decodeVcdiff(bytes, base), ErrorInfo);
  assertEquals(error.code, 40018);
  assertEquals(error.statusCode, 400);
  assert(error.remediation !== "");
  assertStringIncludes(error.message, reason);
}

/** A window that copies from the base. */
function copying(targetSize: number, instructions: number[], addresses: number[], data?: number[]) {
  return window({
    indicator: SOURCE,
    source: [26, 0],
    targetSize,
    instructions,
    addresses,
    data,
  });
}

test("VD2a: adds bytes, with the size in the table and beside it", () => {
  assertEquals(
    decodeText(delta(window({ targetSize: 3, instructions: [4], data: ascii("xyz") }))),
    "xyz",
  );
  const long = "0123456789".repeat(13);
  const explicit = window({ targetSize: 130, instructions: [1, ...int(130)], data: ascii(long) });
  assertEquals(decodeText(delta(explicit)), long);
});

test("VD2a: runs of one byte", () => {
  const run = window({ targetSize: 300, instructions: [0, ...int(300)], data: ascii("z") });
  assertEquals(decodeText(delta(run)), "z".repeat(300));
});

test("VD2a: copies from the base by address, by distance, and near the last addresses", () => {
  assertEquals(decodeText(delta(copying(4, [20], [3])), ALPHABET), "defg");
  // Mode 1 counts back from here, which is 26 bytes after the start of the base.
  assertEquals(decodeText(delta(copying(4, [36], [10])), ALPHABET), "qrst");
  // The first copy leaves 3 in the first near slot; mode 2 counts on from there.
  assertEquals(decodeText(delta(copying(8, [20, 52], [3, 2])), ALPHABET), "defgfghi");
  // Slots 2 to 4 of the near cache, modes 3 to 5.
  const slots = copying(28, [20, 20, 20, 20, 68, 84, 100], [1, 5, 9, 13, 0, 1, 2]);
  assertEquals(decodeText(delta(slots), ALPHABET), "bcdefghijklmnopqfghiklmnpqrs");
});

test("VD2a: copies from the same address again by one byte", () => {
  assertEquals(decodeText(delta(copying(8, [20, 116], [7, 7])), ALPHABET), "hijkhijk");
  const base = new Uint8Array(1000).map((_, i) => i % 251);
  for (const [address, mode] of [[200, 6], [300, 7], [600, 8]] as const) {
    const again = window({
      indicator: SOURCE,
      source: [1000, 0],
      targetSize: 8,
      instructions: [20, 19 + 16 * mode + 1],
      addresses: [...int(address), address % 256],
    });
    const expected = base.slice(address, address + 4);
    assertEquals(decodeVcdiff(delta(again), base), new Uint8Array([...expected, ...expected]));
  }
});

test("VD2a: two instructions in one code", () => {
  // 163: add 1, copy 4 by address; 247: copy 4 by address, add 1.
  assertEquals(decodeText(delta(copying(5, [163], [2], ascii("-"))), ALPHABET), "-cdef");
  assertEquals(decodeText(delta(copying(5, [247], [2], ascii("-"))), ALPHABET), "cdef-");
  // 246: add 4, copy 4 by the last of the same-address modes.
  assertEquals(decodeText(delta(copying(8, [246], [0], ascii("----"))), ALPHABET), "----abcd");
});

test("VD2a: copies overlap what they write", () => {
  for (const [period, size] of [[1, 100], [3, 100], [5, 31], [40, 400]] as const) {
    const seed = "abcdefghij".repeat(4).slice(0, period);
    const repeat = window({
      targetSize: period + size,
      instructions: [1, ...int(period), 19, ...int(size)],
      addresses: [0],
      data: ascii(seed),
    });
    assertEquals(decodeText(delta(repeat)), seed.repeat(500).slice(0, period + size));
  }
});

test("VD2a: copies run from the base into the target", () => {
  assertEquals(
    decodeText(delta(copying(12, [3, 26], [24], ascii("01"))), ALPHABET),
    "01yz01yz01yz",
  );
});

test("VD2a: windows build on the base, on the target, or on nothing", () => {
  const result = decodeText(
    delta(
      window({ targetSize: 4, instructions: [5], data: ascii("head") }),
      window({
        indicator: SOURCE,
        source: [10, 16],
        targetSize: 6,
        instructions: [22],
        addresses: [4],
      }),
      window({
        indicator: TARGET,
        source: [8, 2],
        targetSize: 12,
        instructions: [28],
        addresses: [0],
      }),
      window({ targetSize: 0 }),
    ),
    ALPHABET,
  );
  assertEquals(result, "head" + "uvwxyz" + "aduvwxyz" + "aduv");
});

test("VD2a: each window starts with an empty address cache", () => {
  const first = copying(4, [20], [7]);
  // Mode 6, slot 7 would mean address 7 if the cache had survived; the cache starts with zeros.
  const second = copying(4, [116], [7]);
  assertEquals(decodeText(delta(first, second), ALPHABET), "hijkabcd");
});

test("VD2a: a delta without windows gives nothing", () => {
  assertEquals(decodeVcdiff(delta(), ALPHABET), NOTHING);
});

test("VD2a: skips the application's header", () => {
  const body = window({ targetSize: 2, instructions: [3], data: ascii("ok") });
  assertEquals(decodeText(new Uint8Array([...MAGIC, 0, 4, 3, 1, 2, 3, ...body])), "ok");
});

test("VD2a: reads deltas and bases that are views, and leaves both alone", () => {
  const whole = delta(copying(8, [20, 52], [3, 2]));
  const padded = new Uint8Array([9, 9, 9, ...whole, 9, 9]);
  const base = new Uint8Array([0, 0, ...ALPHABET, 0]);
  const view = padded.subarray(3, 3 + whole.length);
  assertEquals(decodeText(view, base.subarray(2, 28)), "defgfghi");
  assertEquals(padded, new Uint8Array([9, 9, 9, ...whole, 9, 9]));
  assertEquals(base, new Uint8Array([0, 0, ...ALPHABET, 0]));
});

// Adler-32 of "Wikipedia", the example of RFC 1950's explanations everywhere.
const WIKIPEDIA = 0x11e60398;

function checked(checksum: number[]): number[] {
  return window({
    indicator: CHECKSUM,
    targetSize: 9,
    instructions: [10],
    data: ascii("Wikipedia"),
    checksum,
  });
}

test("VD2a: verifies the checksums of xdelta3 and of open-vcdiff", () => {
  assertEquals(decodeText(delta(checked([0x11, 0xe6, 0x03, 0x98]))), "Wikipedia");
  const variable = [...OPEN_VCDIFF_HEADER, ...checked(int(WIKIPEDIA))];
  assertEquals(decodeText(new Uint8Array(variable)), "Wikipedia");
  assertRefused(delta(checked([0x11, 0xe6, 0x03, 0x99])), "checksum");
  assertRefused(
    new Uint8Array([...OPEN_VCDIFF_HEADER, ...checked(int(WIKIPEDIA + 1))]),
    "checksum",
  );
});

test("VD2a: reads interleaved sections", () => {
  const instructions = [163, ...ascii("-"), 2, 0, ...int(5), ...ascii("z")];
  const interleaved = window({ indicator: SOURCE, source: [26, 0], targetSize: 10, instructions });
  assertEquals(
    decodeText(new Uint8Array([...OPEN_VCDIFF_HEADER, ...interleaved]), ALPHABET),
    "-cdefzzzzz",
  );
});

// Made by xdelta3 3.0.11 from ORDERS: -S none -A; the same with -n; the same without -A.
const XDELTA3 = {
  plain: "1sPEAAAFhAQALoQzAA4PB0Bpmt1maWxsZWQ4MTIxMn1dfROBcgcTYgJDgSspA0MdBgCBdmOBKm4=",
  withoutChecksum: "1sPEAAABhAQAKoQzAA4PB2ZpbGxlZDgxMjEyfV19E4FyBxNiAkOBKykDQx0GAIF2Y4Eqbg==",
  withAppHeader:
    "1sPEAAQPYi5qc29uLy9hLmpzb24vBYQEAC6EMwAODwdAaZrdZmlsbGVkODEyMTJ9XX0TgXIHE2ICQ4ErKQNDHQYAgXZjgSpu",
  // -S lzma
  compressed:
    "1sPEAAUCD2IuanNvbi8vYS5qc29uLwWEBABmhDMDKisHQGma3Q79N3pYWgAAAP8S2UECACEBDAAAAI+YQZwBAA1maWxsZWQ4MTIxMn1dfQ/9N3pYWgAAAP8S2UECACEBDAAAAI+YQZwBAA4TgXIHE2ICQ4ErKQNDHQYAgXZjgSpu",
  // 700 times "z", without a base.
  run: "1sPEAAAEDoU8AAEDANoQTah6AIU8",
  // -W 16384, four windows.
  windows:
    "1sPEAAAFgYAAgZwgEIGAAAAABAFdVF9uE4GAAAAFgrhAAEiBgAAAMggDJSti1GticmRjb3B3dGR4enRncHZ6anN6bGNha2t0eHJyYmdzZWF4dXVwemVwdGZ2a2F2cnp2I5wgATIT4y6cIAAFgZNUZBiBgAAAAQkDSaxsl3ojsQoAgiwTzEqxCgAFz1bNLg7PVgAAAwEiLAXIE89WAA==",
};

function orders(count: number, state: (id: number) => string, price: (id: number) => number) {
  const list = Array.from(
    { length: count },
    (_, id) => `{"id": ${id}, "state": "${state(id)}", "price": ${price(id)}}`,
  );
  return `{"orders": [${list.join(", ")}]}`;
}
const ORDERS = utf8(orders(12, () => "open", (id) => 100 + id));
const NEW_ORDERS = orders(
  13,
  (id) => id === 5 ? "filled" : "open",
  (id) => 100 + id + (id === 7 ? 1 : 0),
);

test("VD2a: applies what xdelta3 makes", () => {
  for (const name of ["plain", "withoutChecksum", "withAppHeader"] as const) {
    assertEquals(decodeText(fromBase64(XDELTA3[name]), ORDERS), NEW_ORDERS);
  }
  assertEquals(decodeText(fromBase64(XDELTA3.run)), "z".repeat(700));
});

test("VD2a: applies what xdelta3 makes of several windows", () => {
  const letters = (count: number, seed: number) => {
    let state = BigInt(seed);
    return Uint8Array.from({ length: count }, () => {
      state = (state * 1103515245n + 12345n) & 0x7fffffffn;
      return 97 + Number((state >> 16n) % 26n);
    });
  };
  const base = letters(40000, 7);
  const expected = new Uint8Array([
    ...base.subarray(20000),
    ...letters(50, 9),
    ...base.subarray(0, 19000),
    ...ascii("z".repeat(300)),
    ...base.subarray(100, 20100),
  ]);
  assertEquals(decodeVcdiff(fromBase64(XDELTA3.windows), base), expected);
});

test("VD2a: refuses what it does not support", () => {
  assertRefused(fromBase64(XDELTA3.compressed), "secondary compression", ORDERS);
  assertRefused(new Uint8Array([...MAGIC, 0, 2, 0]), "code tables");
  assertRefused(new Uint8Array([...MAGIC, 1, 0]), "version 1");
  assertRefused(new Uint8Array([...MAGIC, 0, 8]), "unknown flags");
  const compressed = window({ targetSize: 1, compressed: 1, instructions: [2], data: [0] });
  assertRefused(delta(compressed), "secondary compression");
});

test("RFC 3284, 4.1: a compressor that the header names and no window uses makes no difference", () => {
  const body = window({ targetSize: 2, instructions: [3], data: ascii("ok") });
  assertEquals(decodeText(new Uint8Array([...MAGIC, 0, 1, 2, ...body])), "ok");
  assertEquals(decodeText(new Uint8Array([...MAGIC, 0, 5, 2, 3, 1, 2, 3, ...body])), "ok");
});

test("RTL18: refuses more windows than any encoder makes", () => {
  const empty = window({ targetSize: 0 });
  const many = (count: number) => delta(...Array.from({ length: count }, () => empty));
  assertEquals(decodeVcdiff(many(10_000), NOTHING), NOTHING);
  assertRefused(many(10_001), "windows");
});

test("RTL18: refuses damaged deltas", () => {
  const cases: [string, Uint8Array, string][] = [
    ["empty", NOTHING, "ends early"],
    ["not VCDIFF", utf8('{"foo":1}'), "not in the VCDIFF format"],
    ["cut in the header", new Uint8Array(MAGIC), "ends early"],
    ["both sources", delta([3, 1, 0, 1, 0]), "unknown flags"],
    ["an unknown window flag", delta([8, 5, 0, 0, 0, 0, 0]), "unknown flags"],
    ["a huge number", delta([0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), "too large"],
    ["lengths that disagree", delta([0, 6, 0, 0, 0, 0, 0, 0]), "contradict"],
    ["a section beyond the window", delta([0, 5, 0, 0, 9, 0, 0]), "ends early"],
    ["an address not yet written", delta(copying(4, [20], [26])), "address"],
    ["an address before the start", delta(copying(4, [36], [27])), "address"],
    ["a near address beyond here", delta(copying(4, [52], [100])), "address"],
    [
      "a copy without any source",
      delta(window({ targetSize: 4, instructions: [116], addresses: [0] })),
      "address",
    ],
    ["more than the window holds", delta(copying(3, [20], [0])), "beyond its window"],
    ["less than the window holds", delta(copying(5, [20], [0])), "match"],
    [
      "added bytes that are missing",
      delta(window({ targetSize: 3, instructions: [4], data: [1] })),
      "ends early",
    ],
    [
      "added bytes left over",
      delta(window({ targetSize: 1, instructions: [2], data: [1, 2] })),
      "match",
    ],
    ["addresses left over", delta(copying(4, [20], [0, 0])), "match"],
    ["a size that is missing", delta(window({ targetSize: 4, instructions: [1] })), "ends early"],
  ];
  for (const [, bytes, reason] of cases) assertRefused(bytes, reason, ALPHABET);
  assertRefused(new Uint8Array([...PLAIN_HEADER.slice(0, 4), 4, 9, 1]), "ends early");
});

test("RTL18: refuses a base that is not the one the delta was made for", () => {
  assertRefused(fromBase64(XDELTA3.plain), "reads byte 516 of 10", ORDERS.subarray(0, 10));
  const other = ORDERS.slice();
  other[20] = 0;
  assertRefused(fromBase64(XDELTA3.plain), "checksum", other);
});

test("VD2a: refuses results beyond the limit before it allocates them", () => {
  const huge = 0x7ffffff0;
  const bomb = window({ targetSize: huge, instructions: [0, ...int(huge)], data: [0] });
  assertRefused(delta(bomb), "16777216 bytes");
  const small = window({ targetSize: 60, instructions: [0, ...int(60)], data: [7] });
  assertEquals(decodeVcdiff(delta(small), NOTHING, { maxSize: 60 }).length, 60);
  assertEquals(decodeVcdiff(delta(small), NOTHING, { maxSize: null }).length, 60);
  const error = assertThrows(
    () => decodeVcdiff(delta(small, small), NOTHING, { maxSize: 119 }),
    ErrorInfo,
  );
  assertStringIncludes(error.message, "119 bytes");
});

const STEP_TYPES = ["add", "run", "copy", "copy", "add"] as const;

/** Steps drawn at random, and what they make, worked out byte by byte. */
function randomWindow(draw: (limit: number) => number, segment: Uint8Array) {
  const steps: Step[] = [];
  const memory = [...segment];
  for (let count = draw(30); count > 0; count--) {
    const type = memory.length === 0 ? "add" : STEP_TYPES[draw(5)]!;
    const size = draw(8) === 0 ? draw(300) + 1 : draw(18) + 1;
    if (type === "add") {
      const bytes = Array.from({ length: draw(2) === 0 ? draw(4) + 1 : size }, () => draw(256));
      steps.push({ type, bytes });
      memory.push(...bytes);
    } else if (type === "run") {
      const byte = draw(256);
      steps.push({ type, byte, size });
      for (let i = 0; i < size; i++) memory.push(byte);
    } else {
      const last = steps.findLast((step) => step.type === "copy");
      const address = last && draw(2) === 0 ? last.address : draw(memory.length);
      const copied = draw(2) === 0 ? size : 4 + Math.max(draw(5) - 2, 0);
      steps.push({ type, address, size: copied });
      for (let i = 0; i < copied; i++) memory.push(memory[address + i]!);
    }
  }
  return { steps, result: memory.slice(segment.length) };
}

function randomDelta(draw: (limit: number) => number, opcodes: Set<number>) {
  const base = Uint8Array.from({ length: draw(2000) }, () => draw(256));
  const interleaved = draw(3) === 0;
  const windows: number[][] = [];
  const expected: number[] = [];
  for (let count = draw(3) + 1; count > 0; count--) {
    const kind = draw(3);
    const whole = kind === SOURCE ? base : kind === TARGET ? Uint8Array.from(expected) : NOTHING;
    const position = draw(whole.length + 1);
    const size = draw(whole.length - position + 1);
    const segment = whole.subarray(position, position + size);
    const { steps, result } = randomWindow(draw, segment);
    const sections = assemble(steps, { sourceSize: size, choose: draw });
    sections.opcodes.forEach((opcode) => opcodes.add(opcode));
    windows.push(window({
      indicator: kind,
      source: kind === 0 ? undefined : [size, position],
      targetSize: result.length,
      ...(interleaved ? { instructions: sections.interleaved } : {
        data: sections.data,
        instructions: sections.instructions,
        addresses: sections.addresses,
      }),
    }));
    expected.push(...result);
  }
  const header = interleaved ? OPEN_VCDIFF_HEADER : PLAIN_HEADER;
  return { bytes: new Uint8Array([...header, ...windows.flat()]), base, expected };
}

test("VD2a: applies 3,000 random deltas that use all of the code table", () => {
  const draw = seeded(3284);
  const opcodes = new Set<number>();
  for (let round = 0; round < 3000; round++) {
    const { bytes, base, expected } = randomDelta(draw, opcodes);
    assertEquals(decodeVcdiff(bytes, base), Uint8Array.from(expected), `round ${round}`);
  }
  const unused = Array.from({ length: 256 }, (_, opcode) => opcode).filter((o) => !opcodes.has(o));
  assertEquals(unused, []);
});

test("RTL18: 20,000 mutated deltas give a result within the limit, or the documented error", () => {
  const draw = seeded(40018);
  const seeds = Array.from({ length: 40 }, () => randomDelta(draw, new Set()));
  seeds.push({ bytes: fromBase64(XDELTA3.plain), base: ORDERS, expected: [] });
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    const { bytes, base } = seeds[draw(seeds.length)]!;
    const mutated = bytes.slice(0, draw(4) === 0 ? draw(bytes.length + 1) : bytes.length);
    for (let count = draw(4); count > 0 && mutated.length > 0; count--) {
      mutated[draw(mutated.length)] = draw(256);
    }
    try {
      assert(decodeVcdiff(mutated, base, { maxSize: 100_000 }).length <= 100_000);
    } catch (error) {
      assert(error instanceof ErrorInfo && error.code === 40018, String(error));
      refused++;
    }
  }
  assert(refused > 5_000 && refused < 20_000, `${refused} refused`);
});
