import { sendMail } from '#contracts/api/notification.ts'
import type { Client } from '#libs/contract/client.ts'
import { type QueueWorker, queue, workerOf } from '#libs/jobs/queue.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Mail } from '../domain/mails.ts'

/** Mails on their way out; sealed, since they hold an address and often a code. */
export const outgoingMail = queue<Mail>({ name: 'outgoing-mail', sealed: true })

/** Hands a mail to notification-service. A repeat of the same job carries the same mail_id, which is sent once. */
export function deliverMail({ call }: Pick<Client, 'call'>): QueueWorker {
  return workerOf(outgoingMail, async ({ job_id, payload }) => {
    try {
      await call(sendMail, { body: { mail_id: job_id, ...payload } })
    } catch (error) {
      // What refuses an address may name it, and what fails here is logged: only the code goes on.
      if (error instanceof Problem) throw new Error(`notification-service refused a mail: ${error.kind.code}`)
      throw error
    }
  })
}
