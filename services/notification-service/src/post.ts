import { createTransport, type Transporter } from 'nodemailer'
import { SettingsRefused } from '#libs/config/settings.ts'
import { asError } from '#libs/jobs/queue.ts'
import type { Profile } from '#libs/service/service.ts'
import type { Message } from './domain/mails.ts'
import { oneLine } from './domain/mails.ts'
import type { Channel } from './domain/preferences.ts'

/** A message that no repeat will bring through: the other side refused it for good. `message` is a code, never its words, which name people. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable'
}

/** The mail server could not be used at all, whatever the message. */
class ServerAway extends Error {}

/** A message with the id by which a repeat is recognised. */
export interface Outgoing extends Message {
  message_id: string
}

/** A message with the channel that it goes by. */
export interface Letter extends Outgoing {
  channel: Channel
}

/** A way out of the bank. Throws Undeliverable for good, anything else for another try. */
export type Route = (message: Outgoing) => Promise<void>

/** The ways out that this bank has. */
export interface Post {
  /** False where nothing is sent by this channel, whatever is tried. */
  canSend(channel: Channel): boolean
  /** Letters that go together well within the time after which a job counts as lost. */
  readonly most: number
  /** Sends them in no promised order; answers why some were not sent, by their `message_id`. Undeliverable is for good. */
  sendAll(letters: readonly Letter[]): Promise<ReadonlyMap<string, Error>>
  close(): void
}

interface PostOptions {
  profile: Profile
  smtp_url: string | undefined
  mail_from: string | undefined
  /** Where the sandbox puts what has no other way. */
  mailbox(letters: readonly Letter[]): Promise<void>
}

/** Opens the ways out: SMTP for mail where it is configured, the mailbox for everything else in a sandbox. */
export function openPost({ profile, smtp_url, mail_from, mailbox }: PostOptions): Post {
  const smtp = smtp_url === undefined ? undefined : openSmtp({ url: smtp_url, from: mail_from, profile })
  const hasMailbox = profile === 'sandbox'
  return {
    // Mail is accepted without a way out as well: it waits as a dead letter, for the day when there is one.
    canSend: (channel) => hasMailbox || channel === 'EMAIL',
    most: smtp === undefined ? MOST_IN_MAILBOX : MOST_BY_SMTP,
    async sendAll(letters) {
      const bySmtp = smtp === undefined ? [] : letters.filter(({ channel }) => channel === 'EMAIL')
      const others = letters.filter((letter) => !bySmtp.includes(letter))
      const unsent = new Map<string, Error>()
      if (!hasMailbox) for (const { message_id } of others) unsent.set(message_id, new Error(NO_WAY))
      else if (others.length > 0)
        await mailbox(others).catch((error) => others.map(({ message_id }) => unsent.set(message_id, asError(error))))
      if (smtp !== undefined) await sendEach(bySmtp, smtp.send, unsent)
      return unsent
    },
    close: () => smtp?.close(),
  }
}

const NO_WAY = 'no way to send mail is configured'
const MOST_IN_MAILBOX = 100
const MOST_BY_SMTP = 20
/** After so many in a row that the server did not answer, the rest of a batch is not tried: each would wait for its timeout. */
const AWAY_AFTER = 4

/** Sends letters over the server's connections, one failing never the others; notes why some were not sent. */
async function sendEach(letters: readonly Letter[], send: Route, unsent: Map<string, Error>): Promise<void> {
  const waiting = letters.values()
  let inARow = 0
  const sendOn = async (): Promise<void> => {
    for (const letter of waiting) {
      if (inARow >= AWAY_AFTER) {
        unsent.set(letter.message_id, new ServerAway(NOT_TRIED))
        continue
      }
      try {
        await send(letter)
        inARow = 0
      } catch (error) {
        inARow = error instanceof ServerAway ? inARow + 1 : 0
        unsent.set(letter.message_id, asError(error))
      }
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, sendOn))
}

const NOT_TRIED = 'the mail server is away'
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[?::1\]?)$/
const CONNECT_MS = 10_000
const ANSWER_MS = 20_000
const CONNECTIONS = 4

interface SmtpOptions {
  url: string
  from: string | undefined
  profile: Profile
}

/** Mail by SMTP over a few lasting connections; encrypted, unless the server is this machine or the bank a sandbox. */
export function openSmtp({ url, from, profile }: SmtpOptions): { send: Route; close(): void } {
  if (from === undefined)
    throw new SettingsRefused('BANKFLOW_SMTP_URL needs BANKFLOW_MAIL_FROM: who the mails are from')
  const { protocol, hostname, port, username, password } = new URL(url)
  const isLocal = LOOPBACK.test(hostname)
  const user = decodeURIComponent(username)
  const transport: Transporter = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'smtps:' ? 465 : 587) : Number(port),
    secure: protocol === 'smtps:',
    requireTLS: profile === 'production' && !isLocal,
    // A relay of this machine has a certificate that nobody signed; its line never leaves the machine.
    ignoreTLS: isLocal,
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(password) } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'bankflow'
  return {
    async send({ to, subject, text, message_id }) {
      try {
        await transport.sendMail({
          from,
          // As an object: an address list is not looked for in it.
          to: { name: '', address: to },
          subject: oneLine(subject),
          text,
          messageId: `<${message_id}@${domain}>`,
          headers: { 'auto-submitted': 'auto-generated' },
        })
      } catch (error) {
        throw failureOf(error)
      }
    },
    close: () => transport.close(),
  }
}

/** RFC 5321 §4.2.1: a 5yz reply to an envelope or a message is final. Everything else may pass, a refused sign-in included: that is ours to mend. */
function failureOf(error: unknown): Error {
  const { responseCode = 0, code = 'UNKNOWN' } = error as { responseCode?: number; code?: string }
  const isAboutMessage = code === 'EENVELOPE' || code === 'EMESSAGE'
  if (isAboutMessage && responseCode >= 500) return new Undeliverable(`SMTP_${responseCode}`)
  // Without its text: it quotes addresses.
  const Kind = isAboutMessage ? Error : ServerAway
  return new Kind(`the mail server could not be used: ${code} ${responseCode}`)
}
