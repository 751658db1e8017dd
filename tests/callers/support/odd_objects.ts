/** Members as a caller gives them. */
export type Plain = Record<string, unknown>;

/** Another kind of object with the same members. */
export interface OddObject {
  /** Its description. */
  readonly what: string;
  /** Makes it of a plain object. */
  readonly make: (plain: Plain) => object;
  /** Whether `Object.entries()` shows its members: where names are the caller's to choose, no others can be seen. */
  readonly isOpen: boolean;
  /** Whether it lists none of its members, so that only those whose names are known can be seen. */
  readonly hidesNames?: boolean;
  /** Changes it as soon as the call has been made. */
  readonly after?: (odd: object) => void;
}

/** Kinds of objects with which a call has to do the same as with a plain one. */
export const ODD_OBJECTS: readonly OddObject[] = [
  { what: "a class with accessors", make: (plain) => classWith(plain), isOpen: false },
  { what: "a subclass of one", make: (plain) => subclassWith(plain), isOpen: false },
  { what: "inherited members", make: (plain) => Object.create(plain), isOpen: false },
  { what: "own accessors", make: (plain) => accessors(plain, (_, value) => value), isOpen: true },
  {
    what: "accessors that tell nothing twice",
    make: (plain) => once(plain, () => undefined),
    isOpen: true,
  },
  {
    what: "accessors that tell something else twice",
    make: (plain) => once(plain, broader),
    isOpen: true,
  },
  { what: "a proxy", make: (plain) => new Proxy(plain, {}), isOpen: true },
  { what: "a proxy that tells nothing twice", make: (plain) => proxyOnce(plain), isOpen: true },
  { what: "a frozen object", make: (plain) => frozen(plain), isOpen: true },
  {
    what: "an object without prototype",
    make: (plain) => Object.assign(Object.create(null), plain),
    isOpen: true,
  },
  { what: "a hidden toJSON", make: (plain) => withHiddenJson(plain), isOpen: false },
  {
    what: "a toJSON of its own",
    make: (plain) => ({ ...plain, toJSON: () => ({ "*": ["*"] }) }),
    isOpen: false,
  },
  {
    what: "a proxy that lists no members",
    make: (plain) => unlisted(plain),
    isOpen: false,
    hidesNames: true,
  },
  {
    what: "an object that is emptied after the call",
    make: (plain) => ({ ...plain }),
    isOpen: true,
    after: empty,
  },
  {
    what: "an object that is changed after the call",
    make: (plain) => ({ ...plain }),
    isOpen: true,
    after: spoil,
  },
];

/** Values without usable members: a call has to refuse them. */
export const NO_OBJECTS: readonly [what: string, make: (plain: Plain) => unknown][] = [
  ["a Map", (plain) => new Map(Object.entries(plain))],
  ["a Set", (plain) => new Set(Object.values(plain))],
  ["a Date", () => new Date(0)],
  ["a promise", (plain) => Promise.resolve(plain)],
  ["a class without members", () => new (class Empty {})()],
  ["an object with nothing but a toJSON", (plain) => ({ toJSON: () => plain })],
  ["an object that throws", (plain) => thrower(plain)],
];

function classWith(plain: Plain): object {
  class Given {}
  for (const [name, value] of Object.entries(plain)) {
    Object.defineProperty(Given.prototype, name, { get: () => value });
  }
  return new Given();
}

function subclassWith(plain: Plain): object {
  class Child extends (classWith(plain).constructor as new () => object) {}
  return new Child();
}

function accessors(plain: Plain, read: (name: string, value: unknown) => unknown): object {
  const odd = {};
  for (const [name, value] of Object.entries(plain)) {
    Object.defineProperty(odd, name, { get: () => read(name, value), enumerable: true });
  }
  return odd;
}

function once(plain: Plain, second: (value: unknown) => unknown): object {
  const seen = new Set<string>();
  return accessors(plain, (name, value) => {
    if (seen.has(name)) return second(value);
    seen.add(name);
    return value;
  });
}

function proxyOnce(plain: Plain): object {
  const seen = new Set<PropertyKey>();
  return new Proxy(plain, {
    get(target, name) {
      if (seen.has(name)) return undefined;
      seen.add(name);
      return Reflect.get(target, name);
    },
  });
}

/** A value of the same type that asks for more. */
function broader(value: unknown): unknown {
  if (typeof value === "string") return "*";
  if (typeof value === "number") return value * 2;
  if (typeof value === "boolean") return !value;
  return Array.isArray(value) ? ["*"] : { "*": ["*"] };
}

function frozen(plain: Plain): object {
  return Object.freeze({ ...plain });
}

function withHiddenJson(plain: Plain): object {
  class Given {
    constructor() {
      Object.assign(this, plain);
    }
    toJSON() {
      return { "*": ["*"] };
    }
  }
  return new Given();
}

/** It lists no members, and has the one that is asked for. */
function unlisted(plain: Plain): object {
  return new Proxy({}, { get: (_, name) => Reflect.get(plain, name) });
}

function empty(odd: object): void {
  for (const name of Object.keys(odd)) delete (odd as Plain)[name];
}

function spoil(odd: object): void {
  for (const [name, value] of Object.entries(odd)) (odd as Plain)[name] = broader(value);
}

function thrower(plain: Plain): object {
  return accessors(plain, () => {
    throw new TypeError("Not to be read");
  });
}
