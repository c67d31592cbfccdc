import { KeyLog } from './key-log.ts';
import { peerOf } from './peers/every-peer.ts';
import type { Serving } from './peers/peer.ts';
import { stateOfProcess } from './process-state.ts';
import { seeded } from './random.ts';
import type { Order, Report } from './replica-orders.ts';
import { ReplicaWork } from './replica-work.ts';

/*
 * A server of a peer, `replica-process.ts PEER NAME KEYLOG SEED`: listens when its parent says so, ends well on SIGTERM, and with its parent.
 */

const [peerName = '', name = '', keyLog = '', seed = '1'] = process.argv.slice(2);
const peer = await peerOf(peerName);
const work = new ReplicaWork(name, new KeyLog(keyLog), seeded(Number(seed)));
let serving: Serving | undefined;

function report(said: Report): void {
  process.send?.(said);
}

process.on('message', async (order: Order) => {
  if (order.do === 'listen') {
    try {
      serving = await peer.serve(work, order);
      report({ is: 'listening' });
    } catch (error) {
      report({ is: 'failed', why: String(error) });
    }
  } else if (order.do === 'behave') {
    work.behaviour = order.behaviour;
    report({ is: 'behaving' });
  } else {
    report({ is: 'state', state: stateOfProcess() });
  }
});
process.on('SIGTERM', async () => {
  await serving?.close();
  process.exit(0);
});
process.on('disconnect', () => process.exit(0));
report({ is: 'loaded' });
