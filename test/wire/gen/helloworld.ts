// Made by "flowrpc generate" from helloworld.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, serviceOf, type MessageType, type Method, type Service } from 'flowrpc';

/** Who wants a greeting. */
export interface HelloRequest {
  /** Any name. */
  name: string;
}

export interface HelloReply {
  message: string;
}

/** The descriptors of helloworld.proto. */
export const file = defineFile(
  'ChBoZWxsb3dvcmxkLnByb3RvEgpoZWxsb3dvcmxkIiIKDEhlbGxvUmVxdWVzdBISCgRuYW1lGAEgASgJUgRuYW1lIiYKCkhlbGxvUmVwbHkS' +
    'GAoHbWVzc2FnZRgBIAEoCVIHbWVzc2FnZTKOAgoHR3JlZXRlchJBCghTYXlIZWxsbxIYLmhlbGxvd29ybGQuSGVsbG9SZXF1ZXN0GhYuaGVs' +
    'bG93b3JsZC5IZWxsb1JlcGx5IgOQAgESQwoNU2F5SGVsbG9PZnRlbhIYLmhlbGxvd29ybGQuSGVsbG9SZXF1ZXN0GhYuaGVsbG93b3JsZC5I' +
    'ZWxsb1JlcGx5MAESPQoHQ29sbGVjdBIYLmhlbGxvd29ybGQuSGVsbG9SZXF1ZXN0GhYuaGVsbG93b3JsZC5IZWxsb1JlcGx5KAESPAoEQ2hh' +
    'dBIYLmhlbGxvd29ybGQuSGVsbG9SZXF1ZXN0GhYuaGVsbG93b3JsZC5IZWxsb1JlcGx5KAEwAWIGcHJvdG8z',
  [],
);

export const HelloRequest: MessageType<HelloRequest> = messageOf(file, 'helloworld.HelloRequest');
export const HelloReply: MessageType<HelloReply> = messageOf(file, 'helloworld.HelloReply');

/** Greets people. */
export const Greeter: Service<{
  /** Says hello once. */
  sayHello: Method<HelloRequest, HelloReply, 'unary'>;
  sayHelloOften: Method<HelloRequest, HelloReply, 'serverStream'>;
  collect: Method<HelloRequest, HelloReply, 'clientStream'>;
  chat: Method<HelloRequest, HelloReply, 'bidi'>;
}> = serviceOf(file, 'helloworld.Greeter');
