import { sendMail, sendPushNotification, sendText } from '#contracts/api/notification.ts'
import type { Client } from '#libs/contract/client.ts'
import { type QueueWorker, queue, workerOf } from '#libs/jobs/queue.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Mail } from '../domain/mails.ts'

/** Mails on their way out; sealed, since they hold an address and often a code. */
export const outgoingMail = queue<Mail>({ name: 'outgoing-mail', sealed: true })

/** Text messages on their way out; sealed like mails. */
export const outgoingText = queue<{ to: string; text: string; user_id: string }>({
  name: 'outgoing-text',
  sealed: true,
})

/** Telephones to be told that something waits for their user; what it is they ask for themselves. */
export const outgoingPush = queue<{ user_id: string }>({ name: 'outgoing-push', sealed: true })

/** Hands a text message to notification-service, once like a mail. */
export function deliverText({ call }: Pick<Client, 'call'>): QueueWorker {
  return workerOf(outgoingText, ({ job_id, payload }) => {
    return handOver(() => call(sendText, { body: { text_id: job_id, ...payload } }))
  })
}

/** Asks notification-service to wake a user's telephones, once. */
export function deliverPush({ call }: Pick<Client, 'call'>): QueueWorker {
  return workerOf(outgoingPush, ({ job_id, payload }) => {
    const body = { user_id: payload.user_id, template_id: 'approval.waiting' }
    return handOver(() => call(sendPushNotification, { body }, { key: job_id }))
  })
}

/** Hands a mail to notification-service. A repeat of the same job carries the same mail_id, which is sent once. */
export function deliverMail({ call }: Pick<Client, 'call'>): QueueWorker {
  return workerOf(outgoingMail, ({ job_id, payload }) => {
    return handOver(() => call(sendMail, { body: { mail_id: job_id, ...payload } }))
  })
}

async function handOver(send: () => Promise<unknown>): Promise<void> {
  try {
    await send()
  } catch (error) {
    // What refuses an address may name it, and what fails here is logged: only the code goes on.
    if (error instanceof Problem) throw new Error(`notification-service refused a mail: ${error.kind.code}`)
    throw error
  }
}
