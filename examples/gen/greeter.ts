// Made by "flowrpc generate" from greeter.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, serviceOf, type MessageType, type Method, type Service } from 'flowrpc';

export interface HelloRequest {
  name: string;
}

export interface HelloReply {
  message: string;
}

export interface CountRequest {
  to: number;
}

export interface Tally {
  n: number;
}

/** The descriptors of greeter.proto. */
export const file = defineFile(
  'Cg1ncmVldGVyLnByb3RvEghleGFtcGxlcyIiCgxIZWxsb1JlcXVlc3QSEgoEbmFtZRgBIAEoCVIEbmFtZSImCgpIZWxsb1JlcGx5EhgKB21l' +
    'c3NhZ2UYASABKAlSB21lc3NhZ2UiHgoMQ291bnRSZXF1ZXN0Eg4KAnRvGAEgASgFUgJ0byIVCgVUYWxseRIMCgFuGAEgASgFUgFuMtwBCgdH' +
    'cmVldGVyEjgKCFNheUhlbGxvEhYuZXhhbXBsZXMuSGVsbG9SZXF1ZXN0GhQuZXhhbXBsZXMuSGVsbG9SZXBseRIyCgVDb3VudBIWLmV4YW1w' +
    'bGVzLkNvdW50UmVxdWVzdBoPLmV4YW1wbGVzLlRhbGx5MAESKQoDU3VtEg8uZXhhbXBsZXMuVGFsbHkaDy5leGFtcGxlcy5UYWxseSgBEjgK' +
    'BENoYXQSFi5leGFtcGxlcy5IZWxsb1JlcXVlc3QaFC5leGFtcGxlcy5IZWxsb1JlcGx5KAEwAWIGcHJvdG8z',
  [],
);

export const HelloRequest: MessageType<HelloRequest> = messageOf(file, 'examples.HelloRequest');
export const HelloReply: MessageType<HelloReply> = messageOf(file, 'examples.HelloReply');
export const CountRequest: MessageType<CountRequest> = messageOf(file, 'examples.CountRequest');
export const Tally: MessageType<Tally> = messageOf(file, 'examples.Tally');

/** Greets people. */
export const Greeter: Service<{
  /** Greets one person. */
  sayHello: Method<HelloRequest, HelloReply, 'unary'>;
  /** Counts from 1 to `to`, a number a message. */
  count: Method<CountRequest, Tally, 'serverStream'>;
  /** Adds up what it is sent. */
  sum: Method<Tally, Tally, 'clientStream'>;
  /** Answers each message as it comes. */
  chat: Method<HelloRequest, HelloReply, 'bidi'>;
}> = serviceOf(file, 'examples.Greeter');
