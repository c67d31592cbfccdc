import type { Activation } from './activation.ts';
import type { Packet } from './packet.ts';
import type { Probe } from './probe.ts';
import type { Process } from './process.ts';
import type { Reply } from './reply.ts';

/** Has a probe look at the packets of a host beside those that do already, until the function is called that comes back. */
export function addProbe(host: { probe?: Probe | undefined }, probe: Probe): () => void {
  host.probe = oneOf([...membersOf(host.probe), probe]);
  return () => {
    host.probe = oneOf(membersOf(host.probe).filter((member) => member !== probe));
  };
}

/** Several probes as one. A packet that one of them holds reaches the next when it is let go. */
class Probes implements Probe {
  readonly members: readonly Probe[];

  constructor(members: readonly Probe[]) {
    this.members = members;
  }

  arrived(at: Activation): void | Promise<void> {
    return inTurn(this.members, (member) => member.arrived(at));
  }

  replied(at: Activation, reply: Reply): void {
    for (const member of this.members) member.replied(at, reply);
  }

  sending(at: Activation, port: string, packet: Packet): void | Promise<void> {
    return inTurn(this.members, (member) => member.sending(at, port, packet));
  }

  answered(at: Activation, port: string, packet: Packet, reply: Reply): void {
    for (const member of this.members) member.answered(at, port, packet, reply);
  }

  started(process: Process): void {
    for (const member of this.members) member.started(process);
  }

  ended(process: Process, error: Error | undefined): void {
    for (const member of this.members) member.ended(process, error);
  }
}

function membersOf(probe: Probe | undefined): readonly Probe[] {
  if (probe === undefined) return [];
  return probe instanceof Probes ? probe.members : [probe];
}

function oneOf(members: readonly Probe[]): Probe | undefined {
  return members.length < 2 ? members[0] : new Probes(members);
}

function inTurn(members: readonly Probe[], ask: (member: Probe) => void | Promise<void>): void | Promise<void> {
  for (const [index, member] of members.entries()) {
    const held = ask(member);
    if (held !== undefined) return held.then(() => inTurn(members.slice(index + 1), ask));
  }
}
