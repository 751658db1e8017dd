import { Action } from "../../../src/protocol/actions.ts";
import { afterContinuations, FrameQueue } from "../../../src/realtime/connection/frame_queue.ts";
import { assertEquals, test } from "../../harness.ts";

const BITS = 32;

for (const known of [Action.Ack, Action.Nack, Action.Heartbeat]) {
  test(`RTF1: action ${BITS + known} is not taken for action ${known}, which needs not wait`, async () => {
    const handled: number[] = [];
    const queue = new FrameQueue(({ action }) => handled.push(action));
    queue.push({ action: Action.Attached });
    queue.push({ action: known });
    queue.push({ action: BITS + known });
    assertEquals(handled, [Action.Attached, known]);
    await afterContinuations();
    await afterContinuations();
    assertEquals(handled, [Action.Attached, known, BITS + known]);
  });
}
