import type { MethodDescriptor, ServiceDescriptor } from '../descriptor.ts';
import type { MessageContext } from './message-context.ts';
import { optionStatement, type ParsedOption } from './option.ts';

/** `service Name { … }`, with the keyword already taken. */
export function serviceBlock(file: MessageContext): ServiceDescriptor {
  const { cursor } = file;
  const service: ServiceDescriptor = { name: '', method: [] };
  const options: ParsedOption[] = [];
  file.mark(service);
  service.name = cursor.word('the name of a service');
  cursor.expect('{', `after service "${service.name}"`);
  while (!cursor.skip('}')) {
    if (cursor.skip(';')) continue;
    if (cursor.skip('option')) options.push(optionStatement(cursor));
    else service.method.push(methodStatement(file, service.name));
  }
  file.pending(service, 'ServiceOptions', options);
  return service;
}

function methodStatement(file: MessageContext, service: string): MethodDescriptor {
  const { cursor } = file;
  cursor.expect('rpc', `in service "${service}"`);
  const method: MethodDescriptor = { name: '', inputType: '', outputType: '' };
  file.mark(method);
  method.name = cursor.word('the name of a method');
  const parameter = (where: string): { type: string; stream: boolean } => {
    cursor.expect('(', `${where} "${method.name}"`);
    const stream = cursor.sees('stream') && !cursor.sees(')', 1) && !cursor.sees('.', 1) && cursor.skip('stream');
    const type = cursor.path('the name of a message');
    cursor.expect(')', `after "${type}"`);
    return { type, stream };
  };
  const input = parameter('after method');
  cursor.expect('returns', `after the request of "${method.name}"`);
  const output = parameter('after returns of');
  method.inputType = input.type;
  method.outputType = output.type;
  if (input.stream) method.clientStreaming = true;
  if (output.stream) method.serverStreaming = true;
  const options: ParsedOption[] = [];
  if (cursor.skip('{')) {
    while (!cursor.skip('}')) {
      if (cursor.skip(';')) continue;
      cursor.expect('option', `in method "${method.name}"`);
      options.push(optionStatement(cursor));
    }
  } else cursor.expect(';', `after method "${method.name}"`);
  file.trail(method);
  file.pending(method, 'MethodOptions', options);
  return method;
}
