import type { Fault } from './fault.ts';
import { f1 } from './list/f1-kill-one.ts';
import { f2 } from './list/f2-kill-only.ts';
import { f3 } from './list/f3-freeze-one.ts';
import { f5 } from './list/f5-half-open.ts';
import { f6 } from './list/f6-latency.ts';
import { f7 } from './list/f7-narrow.ts';
import { f8 } from './list/f8-slow-reader.ts';
import { f10 } from './list/f10-folder.ts';
import { f11 } from './list/f11-rolling-restart.ts';
import { f12 } from './list/f12-connection-age.ts';
import { f14 } from './list/f14-outage.ts';
import { f15 } from './list/f15-brown-out.ts';
import { f18 } from './list/f18-attacker.ts';
import { p4 } from './list/p4-cancel.ts';

/** In the order of their numbers. */
export const faults: readonly Fault[] = [f1, f2, f3, f5, f6, f7, f8, f10, f11, f12, f14, f15, f18, p4];
