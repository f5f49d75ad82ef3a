import { messageOf, SluiceError } from '@sluice/core';

/** An HTTP error answer: status and the body every route of Sluice gives. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly error: { readonly code: string; readonly message: string } };
}

/** Makes an answer. */
export function errorAnswer(status: number, code: string, message: string): ErrorAnswer {
  return { status, body: { error: { code, message } } };
}

/** Codes for what fastify finds wrong before a route runs; others of its errors keep their status and get `ERR_HTTP_REQUEST`. */
const FASTIFY_CODES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'ERR_HTTP_BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'ERR_HTTP_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_JSON_BODY: 'ERR_HTTP_JSON',
  FST_ERR_VALIDATION: 'ERR_VALIDATION',
  FST_ERR_BAD_URL: 'ERR_HTTP_URL',
};

/** Translates anything thrown. What has no 4xx or 5xx status of its own is an internal error whose message stays inside. */
export function errorAnswerOf(error: unknown): ErrorAnswer {
  if (error instanceof SluiceError) {
    const status = error.status ?? 500;
    return status >= 400 && status <= 599 ? errorAnswer(status, error.code, error.message) : errorAnswer(500, error.code, error.message);
  }
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return errorAnswer(statusCode, FASTIFY_CODES[String(code)] ?? 'ERR_HTTP_REQUEST', messageOf(error));
  }
  return errorAnswer(500, 'ERR_INTERNAL', 'internal error');
}
