import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadServices, type Service } from 'flowrpc';
import { validation } from 'flowrpc/interceptors';
import { protovalidate } from 'flowrpc/interceptors/protovalidate';
import { z } from 'zod';
import { interceptorSuite } from '../suites/interceptor.ts';
import { type Probe, ProbeService } from '../suites/probe-service.ts';
import { type TestTransport, transports } from '../suites/transports.ts';
import { writeRulesProto } from './protovalidate-rules.ts';

const probe = z.looseObject({ text: z.string(), n: z.number() }) as z.ZodType<Probe>;
const slow = probe.refine(async () => true);
const two = [transports[0], transports[2]] as TestTransport[];
const both = (schema: typeof probe) => {
  const rules = { request: schema, response: schema };
  return validation(ProbeService, { unary: rules, serverStream: rules, clientStream: rules, bidi: rules });
};

interceptorSuite('validation()', () => both(probe));
interceptorSuite('validation() with async schemas', () => both(slow), { transports: two });

// Once: compiling the rules takes longer than a call.
const byRules = protovalidate({ services: [await describedProbe()], responses: true });
interceptorSuite('protovalidate()', () => byRules, { transports: two });

/** The suite's service again, out of a proto file with rules that its messages keep. */
async function describedProbe(): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'flowrpc-rules-'));
  await writeRulesProto(folder);
  const methods = [
    'Unary(Message) returns (Message)',
    'ServerStream(Message) returns (stream Message)',
    'ClientStream(stream Message) returns (Message)',
    'Bidi(stream Message) returns (stream Message)',
  ];
  const path = join(folder, 'probe.proto');
  await writeFile(
    path,
    `syntax = "proto3"; package suite; import "buf/validate/validate.proto";
    service Probe { ${methods.map((method) => `rpc ${method};`).join(' ')} }
    message Message { string text = 1 [(buf.validate.field).string.max_len = 20]; int32 n = 2; optional string bulk = 3; }`,
  );
  const services = await loadServices(path, { includeDirs: [folder] });
  await rm(folder, { recursive: true });
  return services['suite.Probe']!;
}
