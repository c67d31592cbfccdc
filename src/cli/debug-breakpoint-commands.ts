import { matchPort } from '../nodes/names.ts';
import type { Breakpoint } from '../wire/gen/flowrpc/v1/debug.ts';
import type { PromptCommand } from './debug-command-table.ts';
import type { DebugContext } from './debug-context.ts';
import { breakpointJson, type Shown, shownBreakpoints, told } from './debug-shown.ts';
import { oneLine } from './output.ts';

export const breakpointCommands: readonly PromptCommand[] = [
  {
    names: ['break', 'b'],
    takes: '[node [port]] [-p process]',
    does: 'hold the packets of a node, of one port of it, or of one process',
    run: setBreakpoint,
  },
  {
    names: ['delete', 'd'],
    takes: '[id]',
    does: 'remove a breakpoint, or all, and let go what it holds',
    run: async ({ session }, [id]) => {
      await session.command({ case: 'remove', value: { breakpoint: id === undefined ? 0 : number(id) } });
      return told(id === undefined ? 'removed all breakpoints' : `removed breakpoint ${number(id)}`);
    },
  },
  {
    names: ['breakpoints', 'bps'],
    takes: '',
    does: 'list breakpoints',
    run: async (context) => shownBreakpoints(await breakpoints(context)),
  },
  {
    names: ['breakpoint', 'bp'],
    takes: '[id]',
    does: 'show a breakpoint, by default the one that holds the current packet',
    run: async (context, [given]) => {
      const id = given === undefined ? context.current?.breakpoint : number(given);
      if (!id) throw new Error('No breakpoint holds the current packet, wanted the id of one');
      const found = (await breakpoints(context)).find((one) => one.id === id);
      if (found === undefined) throw new Error(`There is no breakpoint ${id}`);
      return { ...shownBreakpoints([found]), json: breakpointJson(found) };
    },
  },
];

async function setBreakpoint(context: DebugContext, args: readonly string[]): Promise<Shown> {
  const at = args.indexOf('-p');
  const process = at < 0 ? '' : args[at + 1];
  if (process === undefined) throw new Error('Cannot set a breakpoint: -p wants the id of a process');
  const [name = '', port = '', ...more] = at < 0 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
  if (more.length > 0)
    throw new Error(`Cannot set a breakpoint: wanted at most a node and a port, got ${more.length} more`);
  const node = name === '' ? undefined : await context.node(name);
  const place = { process, node: node?.service ?? name, ...portsOf(port, node?.inputs) };
  const [made] = await context.session.command({ case: 'break', value: { breakpoint: { ...place, id: 0, hits: 0n } } });
  const unknown = name !== '' && node === undefined ? `; there is no node "${oneLine(name)}" just now` : '';
  return { text: `breakpoint ${made?.id ?? 0}${unknown}`, json: made === undefined ? {} : breakpointJson(made) };
}

/** An in-port when the node has one of that name. */
function portsOf(port: string, inputs: readonly string[] = ['in']): { inPort: string; outPort: string } {
  if (port === '') return { inPort: '', outPort: '' };
  const inPort = matchPort(inputs, port);
  return inPort === undefined ? { inPort: '', outPort: port } : { inPort, outPort: '' };
}

function breakpoints({ session }: DebugContext): Promise<readonly Breakpoint[]> {
  return session.command({ case: 'list', value: {} });
}

/** An id as people write it: `3`, or `#3`. */
export function number(text: string): number {
  const id = Number(text.replace(/^#/, ''));
  if (Number.isInteger(id) && id > 0) return id;
  throw new Error(`"${oneLine(text)}" is no id, wanted a number such as 1`);
}
