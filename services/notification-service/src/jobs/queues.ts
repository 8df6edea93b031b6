import { queue } from '#libs/jobs/queue.ts'
import type { Message } from '../domain/mails.ts'

/** Grey-listing and a mail server that restarts are over within the three hours of these tries. */
const RETRIES = 12

/** Deliveries of notifications on their way out; the words and the address are looked up when they go. */
export const outgoingNotice = queue<{ delivery_id: string }>({
  name: 'outgoing-notice',
  sealed: true,
  retries: RETRIES,
})

/** Mails and text messages of other services on their way out; sealed, since they hold an address and often a code. */
export const outgoingMail = queue<Message & { mail_id: string; user_id: string | null; channel?: 'EMAIL' | 'SMS' }>({
  name: 'outgoing-mail',
  sealed: true,
  retries: RETRIES,
})
