import { setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A leak that a soak is to find. */
export interface Plant {
  /** With each call. */
  leak(): void;
  close(): void;
}

interface Ground {
  readonly signal: AbortSignal;
  readonly port: number;
}

const plants: Readonly<Record<string, (ground: Ground) => Plant>> = {
  /** One listener for each call, on a signal that outlives it. */
  listener: ({ signal }) => {
    // Node would warn, which is seen by others.
    setMaxListeners(0, signal);
    return { leak: () => signal.addEventListener('abort', () => {}), close: () => {} };
  },
  /** Some 20 bytes for each call. */
  bytes: () => keeping(2),
  /** Some 4,000 bytes for each call. */
  kilobytes: () => keeping(1, 500),
  /** A socket for each 1,000 calls. */
  socket: ({ port }) => {
    const sockets: Socket[] = [];
    let calls = 0;
    return {
      leak() {
        if (++calls % 1_000 === 0) sockets.push(connect(port, '127.0.0.1').on('error', () => {}));
      },
      close() {
        for (const socket of sockets) socket.destroy();
      },
    };
  },
};

/** The leak of a name, or several, with a comma between. An Error for one that there is not. */
export function plantOf(names: string | undefined, ground: Ground): Plant | undefined {
  if (names === undefined) return undefined;
  const several = names.split(',').map((name) => onePlant(name, ground));
  return {
    leak() {
      for (const plant of several) plant.leak();
    },
    close() {
      for (const plant of several) plant.close();
    },
  };
}

function onePlant(name: string, ground: Ground): Plant {
  const plant = plants[name];
  if (plant === undefined) throw new Error(`Cannot plant "${name}": wanted ${Object.keys(plants).join(', ')}`);
  return plant(ground);
}

function keeping(every: number, numbers = 0): Plant {
  const kept: object[] = [];
  let calls = 0;
  return {
    leak() {
      if (++calls % every === 0) kept.push(numbers === 0 ? { calls } : new Array(numbers).fill(calls));
    },
    close: () => kept.splice(0),
  };
}
