import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration } from '../nodes/duration.ts';
import { number } from './debug-breakpoint-commands.ts';
import type { PromptCommand } from './debug-command-table.ts';
import type { DebugContext } from './debug-context.ts';
import { hitJson, type Shown, shownHits, told } from './debug-shown.ts';

const pollMs = 20;

export const flowCommands: readonly PromptCommand[] = [
  {
    names: ['continue', 'c'],
    takes: '[hit | all]',
    does: 'let go a held packet, by default the current one',
    run: async (context, [which]) => {
      if (which === 'all') {
        await context.session.command({ case: 'continue', value: { hit: 0 } });
        return told('let go all');
      }
      const hit = held(context, which);
      await context.session.command({ case: 'continue', value: { hit } });
      return told(`let go #${hit}`);
    },
  },
  {
    names: ['step', 's'],
    takes: '[hit]',
    does: 'let go a held packet, and hold the next one of its process',
    run: async (context, [which]) => {
      const hit = held(context, which);
      await context.session.command({ case: 'step', value: { hit } });
      return told(`let go #${hit} for a step`);
    },
  },
  {
    names: ['pause'],
    takes: '[process]',
    does: 'hold the next packet of any process, or of one',
    run: async ({ session }, [process = '']) => {
      await session.command({ case: 'pause', value: { process } });
      return told('the next packet is held');
    },
  },
  {
    names: ['wait'],
    takes: '[time]',
    does: 'wait until a packet is held, by default 30s',
    run: waitForHit,
  },
  {
    names: ['held'],
    takes: '',
    does: 'list held packets, the current one first',
    run: ({ session: { hits } }) => {
      const all = [...hits.values()];
      return { text: all.length === 0 ? 'none' : shownHits(all), json: all.map(hitJson) };
    },
  },
];

/** The id of the packet that is meant. */
function held({ current }: DebugContext, which: string | undefined): number {
  if (which !== undefined) return number(which);
  if (current === undefined) throw new Error('No packet is held');
  return current.id;
}

async function waitForHit(context: DebugContext, [time = '30s']: readonly string[]): Promise<Shown> {
  const ms = parseDuration(time);
  if (ms === undefined) throw new Error('Cannot wait so: wanted a time such as 500ms or 10s');
  const until = Date.now() + ms;
  let over = false;
  void context.session.ended.then(() => {
    over = true;
  });
  while (context.current === undefined) {
    if (over) throw new Error('The debugging session is over');
    if (Date.now() >= until) throw new Error(`No packet was held for ${time}`);
    await sleep(pollMs);
  }
  return told(`#${context.current.id} is held`);
}
