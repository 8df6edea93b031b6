import { text, url } from '#libs/config/kinds.ts'
import { declareSettings } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import type { Queues } from '#libs/jobs/queues.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { jobsOf, type Opening } from '#libs/service/service.ts'
import type { LiveFeeds } from './live-feeds.ts'
import type { Post } from './post.ts'
import type { Vault } from './vault.ts'

export const settings = declareSettings({
  smtp_url: url({
    env: 'BANKFLOW_SMTP_URL',
    default: undefined,
    protocols: ['smtp', 'smtps'],
    secret: true,
    describe:
      'The mail server, user and password in it: smtps://user:password@mail.example:465; without it a sandbox has a mailbox and mail of production waits',
  }),
  mail_from: text({
    env: 'BANKFLOW_MAIL_FROM',
    default: undefined,
    pattern: /^([^<>\r\n]{1,100}<)?[^<>@\s]+@[A-Za-z0-9.-]+>?$/,
    form: 'an address, or a name and an address: BankFlow <no-reply@bank.example>',
    describe: 'Who the mails of the bank are from; needed with BANKFLOW_SMTP_URL',
  }),
})

/** What this service's operations, reactions and jobs find in `own`. */
export interface Own {
  vault: Vault
  queues: Queues
  post: Post
  live: LiveFeeds
  /** For what must be read outside a transaction and may not be older than the last commit: the writing database, not a replica. */
  database: Opening['database']
}

export const { implement, implementRead, implementStream } = operationsFor<Own>()
export const react = reactionsOf<Own>()
export const job = jobsOf<Own>()
