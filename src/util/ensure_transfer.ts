/** Adds `ArrayBuffer.prototype.transfer` to a runtime without it, such as Node 20: @std/encoding uses it. */
export function ensureTransfer(): void {
  if ("transfer" in ArrayBuffer.prototype) return;
  Object.defineProperty(ArrayBuffer.prototype, "transfer", {
    value(this: ArrayBuffer, length = this.byteLength): ArrayBuffer {
      const moved = new Uint8Array(length);
      moved.set(new Uint8Array(this, 0, Math.min(length, this.byteLength)));
      return moved.buffer;
    },
    configurable: true,
    writable: true,
  });
}
