import { createHmac } from 'node:crypto';

/** What is signed. */
export interface SignedMessage {
  readonly id: string;
  /** Seconds since 1970, of this try. */
  readonly timestamp: number;
  readonly body: string;
}

/** The headers of a webhook (Standard Webhooks 1.0, "Webhook headers"). */
export function webhookHeaders(secret: Buffer, { id, timestamp, body }: SignedMessage): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}
