import type { PromptCommand } from './debug-command-table.ts';
import type { DebugContext } from './debug-context.ts';
import { shownFrame, shownFrames, shownNode, shownNodes, shownProcess, shownProcesses } from './debug-shown.ts';
import { oneLine } from './output.ts';

export const lookCommands: readonly PromptCommand[] = [
  {
    names: ['symbols', 'sbs'],
    takes: '',
    does: 'list nodes',
    run: async (context) => shownNodes(await context.nodes()),
  },
  {
    names: ['symbol', 'sb'],
    takes: '[id | name]',
    does: 'show a node and its spec, by default where the current packet is',
    run: async (context, [name = currentFrame(context).node]) => {
      const node = await context.node(name);
      if (node === undefined) throw new Error(`There is no node "${oneLine(name)}", or several have the name`);
      return shownNode(node, await context.spec(node.id).catch(() => undefined));
    },
  },
  {
    names: ['processes', 'procs'],
    takes: '',
    does: 'list processes under way',
    run: async (context) => shownProcesses(await context.processes()),
  },
  {
    names: ['process', 'proc'],
    takes: '[id]',
    does: 'show a process, by default that of the current packet',
    run: async (context, [id = currentFrame(context).process]) => shownProcess(await context.process(id)),
  },
  {
    names: ['frames', 'frms'],
    takes: '[process]',
    does: 'list the frames of a process, by default that of the current packet',
    run: async (context, [process = currentFrame(context).process]) => shownFrames(await context.frames(process)),
  },
  {
    names: ['frame', 'frm'],
    takes: '[id]',
    does: 'show a frame, by default the current packet',
    run: async (context, [id]) => {
      if (id === undefined) return shownFrame(currentFrame(context));
      const found = (await context.frames('')).find((frame) => frame.id === id);
      if (found === undefined) throw new Error(`There is no frame ${oneLine(id)}`);
      return shownFrame(found);
    },
  },
];

function currentFrame({ current }: DebugContext): NonNullable<NonNullable<DebugContext['current']>['frame']> {
  if (current?.frame === undefined) throw new Error('No packet is held, wanted an id');
  return current.frame;
}
