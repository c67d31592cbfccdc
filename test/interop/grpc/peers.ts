import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectOptions, ServerTls } from 'flowrpc';
import { authority } from '../../transport/grpc/certificates.ts';
import { stressClient } from './stress.ts';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

export interface SoakFlags {
  readonly iterations: number;
  readonly workers: number;
  readonly maxLatencyMs: number;
}

export interface Unmet {
  /** What their client says of it. */
  readonly said: string;
  readonly why: string;
}

/** Another implementation of gRPC, as programs that are there already. */
export interface Peer {
  readonly name: string;
  /** Its client, running one case against a server on this machine. Exit 0 is a pass. */
  client(run: { name: string; port: number; tls: boolean; soak: SoakFlags }): Program;
  server(run: { port: number; tls: boolean }): Program;
  /** Its client that makes calls of all cases at random for a time; not every peer has one. */
  stress?(run: { port: number; tls: boolean; seconds: number }): Program;
  /** What our server presents to its client. */
  readonly serverTls: ServerTls;
  /** What our client needs for its server. */
  readonly clientTls: ConnectOptions['tls'];
  /** Cases of its client beyond those that every peer has. */
  readonly more: readonly string[];
  /** Those of `more` that our server cannot meet. One that passes after all, or fails in another way, fails the run. */
  readonly unmet: Readonly<Record<string, Unmet>>;
}

const soakFlags = ({ iterations, workers, maxLatencyMs }: SoakFlags, timeoutS = 300): string[] => [
  `--soak_iterations=${iterations}`,
  '--soak_max_failures=0',
  `--soak_per_iteration_max_acceptable_latency_ms=${maxLatencyMs}`,
  `--soak_overall_timeout_seconds=${timeoutS}`,
  `--soak_num_threads=${workers}`,
];

/** grpc-go, as `.ci/tools interop` builds it; undefined when it is not there. */
export async function grpcGo(): Promise<Peer | undefined> {
  const [client, server] = ['.tools/ic/client', '.tools/is/server'] as const;
  if (!existsSync(client) || !existsSync(server)) return undefined;
  const ca = await authority('Interop CA');
  const own = await ca.issue({ name: 'localhost', alternatives: [{ type: 'dns', value: 'localhost' }] });
  const folder = mkdtempSync(join(tmpdir(), 'flowrpc-interop-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [caFile, certFile, keyFile] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(caFile, ca.cert);
  writeFileSync(certFile, own.cert);
  writeFileSync(keyFile, own.key, { mode: 0o600 });
  const trust = ['--use_tls', '--use_test_ca', `--ca_file=${caFile}`, '--server_host_override=localhost'];
  return {
    name: 'grpc-go',
    client: ({ name, port, tls, soak }) => ({
      command: client,
      args: [
        '--server_host=127.0.0.1',
        `--server_port=${port}`,
        `--test_case=${name}`,
        ...(tls ? trust : []),
        ...(name.endsWith('_soak') ? soakFlags(soak) : []),
      ],
    }),
    server: ({ port, tls }) => ({
      command: server,
      args: [
        `--port=${port}`,
        ...(tls ? ['--use_tls', `--tls_cert_file=${certFile}`, `--tls_key_file=${keyFile}`] : []),
      ],
    }),
    stress: ({ port, tls, seconds }) => stressClient('.tools/stress/client', { port, seconds, tls: tls ? trust : [] }),
    serverTls: own,
    clientTls: { ca: ca.cert, serverName: 'localhost' },
    more: [],
    unmet: {},
  };
}

const probe: Unmet = {
  said: 'expected INVALID_ARGUMENT',
  why: 'begins by asking for INVALID_ARGUMENT where a request came uncompressed, which handlers do not see',
};
const probes = { client_compressed_unary: probe, client_compressed_streaming: probe };

/** grpc-java, as `.ci/tools interop-java` fetches it; undefined when it is not there. */
export async function grpcJava(): Promise<Peer | undefined> {
  const folder = '.tools/java';
  if (!existsSync(`${folder}/certs/ca.pem`)) return undefined;
  const pem = (name: string): string => readFileSync(`${folder}/certs/${name}`, 'utf8');
  const java = ['-Xshare:auto', '-XX:TieredStopAtLevel=1', '-cp', readFileSync(`${folder}/classpath`, 'utf8').trim()];
  return {
    name: 'grpc-java',
    client: ({ name, port, tls, soak }) => ({
      command: 'java',
      args: [
        ...java,
        'io.grpc.testing.integration.TestServiceClient',
        '--server_host=127.0.0.1',
        `--server_port=${port}`,
        `--test_case=${name}`,
        `--use_tls=${tls}`,
        ...(tls ? ['--use_test_ca=true', '--server_host_override=foo.test.google.fr'] : []),
        ...(name.endsWith('_soak') ? soakFlags(soak) : []),
      ],
    }),
    server: ({ port, tls }) => ({
      command: 'java',
      args: [...java, 'io.grpc.testing.integration.TestServiceServer', `--port=${port}`, `--use_tls=${tls}`],
    }),
    serverTls: { cert: pem('server1.pem'), key: pem('server1.key') },
    clientTls: { ca: pem('ca.pem'), serverName: 'foo.test.google.fr' },
    more: [
      'very_large_request',
      'client_compressed_unary_noprobe',
      'client_compressed_streaming_noprobe',
      ...Object.keys(probes),
    ],
    unmet: probes,
  };
}
