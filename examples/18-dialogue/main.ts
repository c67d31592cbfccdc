// A server that asks its clients: devices open a dialogue, after that both sides ask, answer and notify.
import { Code, codeName, connect, createServer, StatusError } from 'flowrpc';
import { type Dialogue, dialogues, openDialogue } from 'flowrpc/services';
import { Greeter } from '../gen/greeter.js';

/** What a device answers. */
const thermometer = {
  'temperature.get': ({ unit }: { unit: 'C' | 'F' }) => (unit === 'C' ? 21 : 69.8),
  'door.open': () => {
    throw new StatusError(Code.FAILED_PRECONDITION, 'It is locked');
  },
};

const online = new Map<string, Dialogue<typeof thermometer>>();
const devices = dialogues<typeof thermometer>({
  handlers: { 'clock.get': () => '13:45', log: (text) => console.log('device:', text) },
  onOpen(dialogue) {
    const name = dialogue.context?.metadata.get('x-device') ?? 'unknown';
    online.set(name, dialogue);
    void dialogue.closed.then(() => online.delete(name));
  },
});

const server = createServer().add(devices);
// An ordinary call that ends at a device: its deadline and its cancellation go all the way.
server.add(Greeter, {
  sayHello: async ({ name }) => ({
    message: `${await online.get(name)?.request('temperature.get', { unit: 'C' })} °C`,
  }),
});
const { address } = await server.listen('127.0.0.1:0');

const behindNat = connect(address);
const dialogue = openDialogue(behindNat, { handlers: thermometer, metadata: { 'x-device': 'kitchen' } });
await dialogue.notify('log', 'switched on');
console.log('clock:', await dialogue.request('clock.get'));

const channel = connect(address);
console.log((await channel.client(Greeter).sayHello({ name: 'kitchen' }, { timeoutMs: 5_000 })).message);
const kitchen = online.get('kitchen');
await kitchen?.request('door.open').catch((error: StatusError) => console.log(error.message));

await dialogue.close();
console.log(codeName((await dialogue.closed).code), 'and', online.size, 'online');
await Promise.all([behindNat.close(), channel.close(), server.close()]);
