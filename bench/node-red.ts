import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Message {
  payload: unknown;
  done?: () => void;
}

/** What is used of Node-RED. */
interface Red {
  init(server: undefined, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly nodes: { getNode(id: string): { receive(message: Message): void } | undefined };
  readonly runtime: { events: { once(event: string, listener: () => void): void } };
}

/** Node-RED with nodes in rows of some depths, the last one telling that a message has arrived. */
export interface NodeRed {
  /** Sends a message through a row, and waits until it has arrived at the end. */
  passes(style: Style, depth: number): (payload: unknown) => Promise<void>;
  stop(): Promise<void>;
}

const folder = '.tools/node-red';
export const howToInstall = `npm install --prefix ${folder} node-red@4`;

/** `function`: its nodes for code of users, in a sandbox. `own`: nodes of a kind made for it, which cost the least. */
export const styles = ['function', 'own'] as const;
export type Style = (typeof styles)[number];

const nodes = `module.exports = (RED) => {
  RED.nodes.registerType('bench-pass', function (config) {
    RED.nodes.createNode(this, config);
    this.on('input', (message, send, done) => { send(message); done(); });
  });
  RED.nodes.registerType('bench-end', function (config) {
    RED.nodes.createNode(this, config);
    this.on('input', (message, send, done) => { message.done(); done(); });
  });
};`;

/** Starts Node-RED in this process, without its editor. Undefined when it is not installed. */
export async function startNodeRed(depths: readonly number[]): Promise<NodeRed | undefined> {
  if (!existsSync(join(folder, 'node_modules/node-red'))) return undefined;
  const userDir = await mkdtemp(join(tmpdir(), 'bench-node-red-'));
  const nodesDir = join(userDir, 'nodes');
  await mkdir(nodesDir);
  await writeFile(join(nodesDir, 'bench.js'), nodes);
  await writeFile(join(nodesDir, 'bench.html'), '<script type="text/javascript"></script>');
  await writeFile(
    join(userDir, 'flows.json'),
    JSON.stringify([
      { id: 'flow', type: 'tab' },
      ...styles.flatMap((style) => depths.flatMap((depth) => row(style, depth))),
    ]),
  );
  const red = createRequire(resolve(folder, 'package.json'))('node-red') as Red;
  red.init(undefined, {
    userDir,
    nodesDir,
    flowFile: 'flows.json',
    credentialSecret: false,
    httpAdminRoot: false,
    httpNodeRoot: false,
    disableEditor: true,
    telemetry: { enabled: false },
    logging: { console: { level: 'off' } },
  });
  const started = new Promise<void>((settle) => red.runtime.events.once('flows:started', settle));
  await red.start();
  await started;
  return {
    passes: (style, depth) => {
      const first = red.nodes.getNode(`${style}${depth}-0`)!;
      return (payload) =>
        new Promise((settle) => {
          first.receive({ payload, done: settle });
        });
    },
    stop: () => red.stop(),
  };
}

/** `depth` nodes that pass on what they get, and one behind them that tells of it. */
function row(style: Style, depth: number): object[] {
  const passing =
    style === 'own' ? { type: 'bench-pass' } : { type: 'function', func: 'return msg;', outputs: 1, libs: [] };
  return Array.from({ length: depth + 1 }, (_, index) => ({
    id: `${style}${depth}-${index}`,
    ...(index < depth ? passing : { type: 'bench-end' }),
    z: 'flow',
    wires: index < depth ? [[`${style}${depth}-${index + 1}`]] : [],
  }));
}
