import type { NextConfig } from "next";

const headers = [
  { key: "x-content-type-options", value: "nosniff" },
  { key: "referrer-policy", value: "same-origin" },
  // No other site may show the pages in a frame. A policy for scripts needs a nonce in each answer.
  {
    key: "content-security-policy",
    value: "frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
  },
];

export default {
  poweredByHeader: false,
  headers: () => Promise.resolve([{ source: "/:path*", headers }]),
} satisfies NextConfig;
