// One line for each call under one request id, messages without their secrets, and a domain error on both sides.
import {
  Code,
  connect,
  createServer,
  type Logger,
  loadServices,
  type Method,
  type Service,
  silentLogger,
} from 'flowrpc';
import { errors, logging, mapError, requestId, requestIdOf } from 'flowrpc/interceptors';

type SignIn = Method<{ user: string; password: string }, { user: string; token: string }, 'unary'>;
const proto = new URL('accounts.proto', import.meta.url).pathname;
const Accounts = (await loadServices(proto))['examples.Accounts'] as Service<{ signIn: SignIn }>;

class WrongPassword extends Error {}
const wrongPassword = mapError(WrongPassword, {
  code: Code.UNAUTHENTICATED,
  reason: 'WRONG_PASSWORD',
  domain: 'accounts.example.com',
  make: ({ message }) => new WrongPassword(message),
});

/** Without what differs from run to run. */
const print = (text: string, { requestId, code, payload, error }: Record<string, unknown> = {}): void =>
  console.log([requestId, text, code, payload, error].filter((part) => part !== undefined).join(' · '));
const logger: Logger = { ...silentLogger, info: print, debug: print, enabled: () => true };

const server = createServer({
  interceptors: [requestId(), logging({ logger, payloads: 'examples.Accounts' }), errors(wrongPassword)],
}).add(Accounts, {
  signIn({ user, password }) {
    if (password !== 'swordfish') throw new WrongPassword(`Wrong password for ${user}`);
    return { user, token: `token of ${requestIdOf()}` };
  },
});
const { address } = await server.listen('127.0.0.1:0');

const channel = connect(address, { interceptors: [requestId({ make: () => 'req-1' }), errors(wrongPassword)] });
const accounts = channel.client(Accounts);
console.log((await accounts.signIn({ user: 'ada', password: 'swordfish' })).token);
await accounts.signIn({ user: 'eve', password: 'guess' }).catch((error) => console.log(error instanceof WrongPassword));

await channel.close();
await server.close();
