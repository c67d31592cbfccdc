// Made by "flowrpc generate" from grpc/reflection/v1/reflection.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, serviceOf, type MessageType, type Method, type Service } from '../../../../runtime.ts';

/** The message sent by the client when calling ServerReflectionInfo method. */
export interface ServerReflectionRequest {
  host: string;
  /**
   * To use reflection service, the client should set one of the following
   * fields in message_request. The server distinguishes requests by their
   * defined field and then handles them using corresponding methods.
   */
  messageRequest?:
    /** Find a proto file by the file name. */
    | { case: 'fileByFilename'; value: string }
    /**
     * Find the proto file that declares the given fully-qualified symbol name.
     * This field should be a fully-qualified symbol name
     * (e.g. <package>.<service>[.<method>] or <package>.<type>).
     */
    | { case: 'fileContainingSymbol'; value: string }
    /**
     * Find the proto file which defines an extension extending the given
     * message type with the given field number.
     */
    | { case: 'fileContainingExtension'; value: ExtensionRequest }
    /**
     * Finds the tag numbers used by all known extensions of the given message
     * type, and appends them to ExtensionNumberResponse in an undefined order.
     * Its corresponding method is best-effort: it's not guaranteed that the
     * reflection service will implement this method, and it's not guaranteed
     * that this method will provide all extensions. Returns
     * StatusCode::UNIMPLEMENTED if it's not implemented.
     * This field should be a fully-qualified type name. The format is
     * <package>.<type>
     */
    | { case: 'allExtensionNumbersOfType'; value: string }
    /**
     * List the full names of registered services. The content will not be
     * checked.
     */
    | { case: 'listServices'; value: string };
}

/**
 * The type name and extension number sent by the client when requesting
 * file_containing_extension.
 */
export interface ExtensionRequest {
  /** Fully-qualified type name. The format should be <package>.<type> */
  containingType: string;
  extensionNumber: number;
}

/** The message sent by the server to answer ServerReflectionInfo method. */
export interface ServerReflectionResponse {
  validHost: string;
  originalRequest?: ServerReflectionRequest;
  /**
   * The server sets one of the following fields according to the message_request
   * in the request.
   */
  messageResponse?:
    /**
     * This message is used to answer file_by_filename, file_containing_symbol,
     * file_containing_extension requests with transitive dependencies.
     * As the repeated label is not allowed in oneof fields, we use a
     * FileDescriptorResponse message to encapsulate the repeated fields.
     * The reflection service is allowed to avoid sending FileDescriptorProtos
     * that were previously sent in response to earlier requests in the stream.
     */
    | { case: 'fileDescriptorResponse'; value: FileDescriptorResponse }
    /** This message is used to answer all_extension_numbers_of_type requests. */
    | { case: 'allExtensionNumbersResponse'; value: ExtensionNumberResponse }
    /** This message is used to answer list_services requests. */
    | { case: 'listServicesResponse'; value: ListServiceResponse }
    /** This message is used when an error occurs. */
    | { case: 'errorResponse'; value: ErrorResponse };
}

/**
 * Serialized FileDescriptorProto messages sent by the server answering
 * a file_by_filename, file_containing_symbol, or file_containing_extension
 * request.
 */
export interface FileDescriptorResponse {
  /**
   * Serialized FileDescriptorProto messages. We avoid taking a dependency on
   * descriptor.proto, which uses proto2 only features, by making them opaque
   * bytes instead.
   */
  fileDescriptorProto: Uint8Array[];
}

/**
 * A list of extension numbers sent by the server answering
 * all_extension_numbers_of_type request.
 */
export interface ExtensionNumberResponse {
  /**
   * Full name of the base type, including the package name. The format
   * is <package>.<type>
   */
  baseTypeName: string;
  extensionNumber: number[];
}

/** A list of ServiceResponse sent by the server answering list_services request. */
export interface ListServiceResponse {
  /**
   * The information of each service may be expanded in the future, so we use
   * ServiceResponse message to encapsulate it.
   */
  service: ServiceResponse[];
}

/**
 * The information of a single service used by ListServiceResponse to answer
 * list_services request.
 */
export interface ServiceResponse {
  /**
   * Full name of a registered service, including its package name. The format
   * is <package>.<service>
   */
  name: string;
}

/** The error code and error message sent by the server when an error occurs. */
export interface ErrorResponse {
  /** This field uses the error codes defined in grpc::StatusCode. */
  errorCode: number;
  errorMessage: string;
}

/** The descriptors of grpc/reflection/v1/reflection.proto. */
export const file = defineFile(
  'CiNncnBjL3JlZmxlY3Rpb24vdjEvcmVmbGVjdGlvbi5wcm90bxISZ3JwYy5yZWZsZWN0aW9uLnYxIvMCChdTZXJ2ZXJSZWZsZWN0aW9uUmVx' +
    'dWVzdBISCgRob3N0GAEgASgJUgRob3N0EioKEGZpbGVfYnlfZmlsZW5hbWUYAyABKAlIAFIOZmlsZUJ5RmlsZW5hbWUSNgoWZmlsZV9jb250' +
    'YWluaW5nX3N5bWJvbBgEIAEoCUgAUhRmaWxlQ29udGFpbmluZ1N5bWJvbBJiChlmaWxlX2NvbnRhaW5pbmdfZXh0ZW5zaW9uGAUgASgLMiQu' +
    'Z3JwYy5yZWZsZWN0aW9uLnYxLkV4dGVuc2lvblJlcXVlc3RIAFIXZmlsZUNvbnRhaW5pbmdFeHRlbnNpb24SQgodYWxsX2V4dGVuc2lvbl9u' +
    'dW1iZXJzX29mX3R5cGUYBiABKAlIAFIZYWxsRXh0ZW5zaW9uTnVtYmVyc09mVHlwZRIlCg1saXN0X3NlcnZpY2VzGAcgASgJSABSDGxpc3RT' +
    'ZXJ2aWNlc0IRCg9tZXNzYWdlX3JlcXVlc3QiZgoQRXh0ZW5zaW9uUmVxdWVzdBInCg9jb250YWluaW5nX3R5cGUYASABKAlSDmNvbnRhaW5p' +
    'bmdUeXBlEikKEGV4dGVuc2lvbl9udW1iZXIYAiABKAVSD2V4dGVuc2lvbk51bWJlciKuBAoYU2VydmVyUmVmbGVjdGlvblJlc3BvbnNlEh0K' +
    'CnZhbGlkX2hvc3QYASABKAlSCXZhbGlkSG9zdBJWChBvcmlnaW5hbF9yZXF1ZXN0GAIgASgLMisuZ3JwYy5yZWZsZWN0aW9uLnYxLlNlcnZl' +
    'clJlZmxlY3Rpb25SZXF1ZXN0Ug9vcmlnaW5hbFJlcXVlc3QSZgoYZmlsZV9kZXNjcmlwdG9yX3Jlc3BvbnNlGAQgASgLMiouZ3JwYy5yZWZs' +
    'ZWN0aW9uLnYxLkZpbGVEZXNjcmlwdG9yUmVzcG9uc2VIAFIWZmlsZURlc2NyaXB0b3JSZXNwb25zZRJyCh5hbGxfZXh0ZW5zaW9uX251bWJl' +
    'cnNfcmVzcG9uc2UYBSABKAsyKy5ncnBjLnJlZmxlY3Rpb24udjEuRXh0ZW5zaW9uTnVtYmVyUmVzcG9uc2VIAFIbYWxsRXh0ZW5zaW9uTnVt' +
    'YmVyc1Jlc3BvbnNlEl8KFmxpc3Rfc2VydmljZXNfcmVzcG9uc2UYBiABKAsyJy5ncnBjLnJlZmxlY3Rpb24udjEuTGlzdFNlcnZpY2VSZXNw' +
    'b25zZUgAUhRsaXN0U2VydmljZXNSZXNwb25zZRJKCg5lcnJvcl9yZXNwb25zZRgHIAEoCzIhLmdycGMucmVmbGVjdGlvbi52MS5FcnJvclJl' +
    'c3BvbnNlSABSDWVycm9yUmVzcG9uc2VCEgoQbWVzc2FnZV9yZXNwb25zZSJMChZGaWxlRGVzY3JpcHRvclJlc3BvbnNlEjIKFWZpbGVfZGVz' +
    'Y3JpcHRvcl9wcm90bxgBIAMoDFITZmlsZURlc2NyaXB0b3JQcm90byJqChdFeHRlbnNpb25OdW1iZXJSZXNwb25zZRIkCg5iYXNlX3R5cGVf' +
    'bmFtZRgBIAEoCVIMYmFzZVR5cGVOYW1lEikKEGV4dGVuc2lvbl9udW1iZXIYAiADKAVSD2V4dGVuc2lvbk51bWJlciJUChNMaXN0U2Vydmlj' +
    'ZVJlc3BvbnNlEj0KB3NlcnZpY2UYASADKAsyIy5ncnBjLnJlZmxlY3Rpb24udjEuU2VydmljZVJlc3BvbnNlUgdzZXJ2aWNlIiUKD1NlcnZp' +
    'Y2VSZXNwb25zZRISCgRuYW1lGAEgASgJUgRuYW1lIlMKDUVycm9yUmVzcG9uc2USHQoKZXJyb3JfY29kZRgBIAEoBVIJZXJyb3JDb2RlEiMK' +
    'DWVycm9yX21lc3NhZ2UYAiABKAlSDGVycm9yTWVzc2FnZTKJAQoQU2VydmVyUmVmbGVjdGlvbhJ1ChRTZXJ2ZXJSZWZsZWN0aW9uSW5mbxIr' +
    'LmdycGMucmVmbGVjdGlvbi52MS5TZXJ2ZXJSZWZsZWN0aW9uUmVxdWVzdBosLmdycGMucmVmbGVjdGlvbi52MS5TZXJ2ZXJSZWZsZWN0aW9u' +
    'UmVzcG9uc2UoATABQmZaNGdvb2dsZS5nb2xhbmcub3JnL2dycGMvcmVmbGVjdGlvbi9ncnBjX3JlZmxlY3Rpb25fdjFQAQoVaW8uZ3JwYy5y' +
    'ZWZsZWN0aW9uLnYxQhVTZXJ2ZXJSZWZsZWN0aW9uUHJvdG9iBnByb3RvMw==',
  [],
);

export const ServerReflectionRequest: MessageType<ServerReflectionRequest> = messageOf(file, 'grpc.reflection.v1.ServerReflectionRequest');
export const ExtensionRequest: MessageType<ExtensionRequest> = messageOf(file, 'grpc.reflection.v1.ExtensionRequest');
export const ServerReflectionResponse: MessageType<ServerReflectionResponse> = messageOf(file, 'grpc.reflection.v1.ServerReflectionResponse');
export const FileDescriptorResponse: MessageType<FileDescriptorResponse> = messageOf(file, 'grpc.reflection.v1.FileDescriptorResponse');
export const ExtensionNumberResponse: MessageType<ExtensionNumberResponse> = messageOf(file, 'grpc.reflection.v1.ExtensionNumberResponse');
export const ListServiceResponse: MessageType<ListServiceResponse> = messageOf(file, 'grpc.reflection.v1.ListServiceResponse');
export const ServiceResponse: MessageType<ServiceResponse> = messageOf(file, 'grpc.reflection.v1.ServiceResponse');
export const ErrorResponse: MessageType<ErrorResponse> = messageOf(file, 'grpc.reflection.v1.ErrorResponse');

export const ServerReflection: Service<{
  /**
   * The reflection service is structured as a bidirectional stream, ensuring
   * all related requests go to a single server.
   */
  serverReflectionInfo: Method<ServerReflectionRequest, ServerReflectionResponse, 'bidi'>;
}> = serviceOf(file, 'grpc.reflection.v1.ServerReflection');
