import type { ServerHttp2Stream } from 'node:http2';

/** Who is told what happens on a stream. */
export interface StreamListener {
  onData(chunk: Buffer): void;
  onEnd(): void;
  onWantTrailers(): void;
  onDrain(): void;
  onClose(): void;
}

const listener = Symbol('flowrpc.listener');

type Listened = ServerHttp2Stream & { [listener]: StreamListener };

/** Tells a listener of a stream's events. The functions are shared by all streams, so a call costs no closures. */
export function listen(stream: ServerHttp2Stream, to: StreamListener): void {
  (stream as Listened)[listener] = to;
  stream.on('data', onData);
  stream.on('end', onEnd);
  stream.on('close', onClose);
}

/** Drops what the peer still sends. */
export function ignoreData(stream: ServerHttp2Stream): void {
  stream.removeListener('data', onData);
  stream.removeListener('end', onEnd);
  stream.resume();
}

export function listenForTrailers(stream: ServerHttp2Stream): void {
  stream.on('wantTrailers', onWantTrailers);
}

export function listenForDrain(stream: ServerHttp2Stream): void {
  stream.once('drain', onDrain);
}

/** Whatever ends a stream badly also closes it, which is where it is handled. */
export function ignoreErrors(stream: ServerHttp2Stream): void {
  stream.on('error', ignore);
}

function ignore(): void {}

function onData(this: Listened, chunk: Buffer): void {
  this[listener].onData(chunk);
}

function onEnd(this: Listened): void {
  this[listener].onEnd();
}

function onWantTrailers(this: Listened): void {
  this[listener].onWantTrailers();
}

function onDrain(this: Listened): void {
  this[listener].onDrain();
}

function onClose(this: Listened): void {
  this[listener].onClose();
}
