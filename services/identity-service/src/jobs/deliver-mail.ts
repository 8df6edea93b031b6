import type { Clock } from '#libs/clock/clock.ts'
import { type QueueWorker, queue, workerOf } from '#libs/jobs/queue.ts'
import { encode } from '#libs/json/json.ts'
import type { Profile } from '#libs/service/service.ts'
import type { Database } from '#libs/sql/database.ts'
import type { Mail } from '../domain/mails.ts'
import type { Vault } from '../vault.ts'

/** Mails on their way out; sealed, since they hold an address and often a code. */
export const outgoingMail = queue<Mail>({ name: 'outgoing-mail', sealed: true })

interface Post {
  profile: Profile
  vault: Vault
  database: Pick<Database, 'app'>
  clock: Clock
}

/** Puts a mail into the sandbox's mailbox. A repeat of the same job finds the mail there and changes nothing. */
export function deliverMail({ profile, vault, database, clock }: Post): QueueWorker {
  return workerOf(outgoingMail, async ({ job_id, payload }) => {
    // A production bank never stores codes to be read: its mail waits as a dead letter until a way out is configured.
    if (profile !== 'sandbox') throw new Error('no way to send mail is configured')
    const content = vault.fields.seal(encode(payload), `mailbox.content/${job_id}`)
    await database.app`
      insert into mailbox (mail_id, to_hash, content_encrypted, sent_at)
      values (${job_id}, ${vault.emailHash(payload.to)}, ${content}, ${clock.wall.now()})
      on conflict do nothing`
  })
}
