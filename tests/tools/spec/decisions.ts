/** Points that are left out, and why. */
export interface Group {
  reason: string;
  /** Separated by spaces; `RSH3*` also means its parts. */
  points: string;
}

/** The decisions about points that comments in the code do not record. */
export interface Decisions {
  leftOut: readonly Group[];
  /** Points that say again, or in part, what another one says whose place is named in the code. */
  saidBy: Readonly<Record<string, string>>;
}

/** Whether a group holds a point. */
export function matches({ points }: Group, id: string): boolean {
  return points.split(/\s+/).some((pattern) =>
    pattern.endsWith("*") ? isWithin(id, pattern.slice(0, -1)) : pattern === id
  );
}

function isWithin(id: string, top: string): boolean {
  if (!id.startsWith(top)) return false;
  return id === top || /[A-Z]$/.test(top) || /\d$/.test(top) !== /\d/.test(id[top.length]!);
}

function leaveOut(reason: string, ...points: string[]): Group {
  return { reason, points: points.join(" ") };
}

/** The decisions for this library. */
export const DECISIONS: Decisions = {
  leftOut: [
    leaveOut(
      "Push to this device: servers, Workers and scripts are no push targets",
      "RSH2* RSH3* RSH4* RSH5* RSH6* RSH7a* RSH7c* RSH8* WP6c",
    ),
    leaveOut(
      "Says what the document is, or defines a word, and asks for nothing",
      "CSV1* CSV2a CSV2b CSV2d CSV2e PC1 PC2 PC4 PT1 WP1 WP3 WP4 TO2 TN2 RTN15c CR3a",
    ),
    leaveOut(
      "Asks for a test, not for code",
      "G1 G2 G3 RSC1c RSA3d RSA8f* RSA8g RSL1k4 RSL1l1 RSL1m1 RSL1m2 RSL1m3 RSL1m4 RSL1k5 RSL5c RSL6a1 RSL6a2 RSL6a3",
      "RTC8a4 RTN5 RTN15d RTN16d RTL7f RTL10d RTP4 RTP12d RTP14d RTP15b RTP15c",
    ),
    leaveOut(
      "The service does it",
      "RSA7a1 RSA7b2 RSA7b4 RTL6e1 RTL6f RTL6g1* RTL6g2 RTN8b RTN9b RTP8h RTP8i RTP10d RTP17a",
    ),
    leaveOut(
      "A promise stands in place of the callback",
      "RTL5e RTL6b RTP8b RTP9c RTP10b RTP14b RTP15d",
    ),
    leaveOut(
      "Kept for users of earlier major versions, of which this library has none",
      "RSA10l RSL1n1 RTL6j1 RTN4i RTL2h RSC7b*",
    ),
    leaveOut("Optional", "RTN15h2i RTN19a1 TB3"),
    leaveOut("No standard way tells a server runtime of changes to its network", "RTN20*"),
    leaveOut("The runtime sets the Host header", "RSC15j"),
    leaveOut("The products are registered by Ably, in a repository of its own", "RSC7d5"),
    leaveOut(
      "As in `ably`, publish(name, data) takes the parameters that publish(message) takes",
      "RSL1h RTL6h",
    ),
    leaveOut("The result of JSON.parse() is already a token request, or token details", "TE6 TD7"),
    leaveOut(
      "It is an option of exception reporting, which the specification calls deprecated",
      "TO3m",
    ),
    leaveOut(
      "The client publishes operations without clientId and extras, and no states, so it does not measure these",
      "OM3d OM3e OM3f OST3* OMP4* OCN3*",
    ),
    leaveOut("Reserved", "TR3v REX2b1 REX2b2"),
  ],
  saidBy: {
    RSC7d4: "RSC7d1",
    RSC19b: "RSC9",
    RSC19d: "HP1",
    RSC26a: "RSC26",
    RSC26b: "RSC26",
    RSC26c: "RSC26",
    RSA3a: "RSA3",
    RSA4d1: "RSA4d",
    RSA9i: "RSA8b",
    RSA10i: "RSA10b",
    RSL2a: "RSL2",
    RSL8a: "RSL8",
    RSL14c: "RSL14",
    RSL15d: "RSC8",
    RSP4a: "RSP4",
    RSE1b: "RSE1",
    RSE2b: "RSE2",
    RSAN1c5: "RSC8",
    RSAN3c: "RSAN3",
    RTC7: "RSC13",
    RTC14a: "RTC14",
    RTC14b: "RTC14",
    RTC14c: "RTC14",
    RTN4b: "RTN4a",
    RTN4c: "RTN4a",
    RTN11f: "RTN11",
    RTL11a: "RTL11",
    RTL6a1: "RTL6a",
    RTL7h: "TB4",
    RTL7d: "RSL6",
    RTL10c: "RTL10a",
    RTP12c: "RTP12a",
    RTL18b: "RTL18",
    RTL22a: "RTL22c",
    RTL25a: "RTL25b",
    RTL32a: "RTL32",
    RTP9e: "RTP9a",
    RTP10e: "RTP10",
    RTP11f2: "RTP11f",
    RTE2: "RTL8a",
    WP6a: "WP6",
    WP6b: "WP6",
    WP6d: "WP6",
    DE1: "DE2a",
    DE2b: "RTL19c",
    TR1: "TR4",
    AD1: "AD2",
    TC2: "TK2b",
    REX1: "REX2",
    REX2a: "REX2",
  },
};
