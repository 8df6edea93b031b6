import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { SMTPServer } from 'smtp-server'

/** A mail as a mail server received it. */
export interface Received {
  to: string[]
  message: string
}

/** How the server answers the next mails, first come first served; then it takes them all. */
export type Answer = 'take' | 'later' | 'never'

export interface TestSmtp {
  url: string
  received: Received[]
  answers: Answer[]
}

/** A real mail server on this machine, which lets in anybody or only who has the password. */
export async function openSmtpServer(t: TestContext, login?: { user: string; password: string }): Promise<TestSmtp> {
  const received: Received[] = []
  const answers: Answer[] = []
  const server = new SMTPServer({
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disabledCommands: login === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.password) return done(null, { user: username })
      done(Object.assign(new Error(`wrong for ${username}`), { responseCode: 535 }))
    },
    logger: false,
    // The connections of the pool are open when the test ends.
    closeTimeout: 50,
    onRcptTo(_address, _session, done) {
      const answer = answers.shift() ?? 'take'
      if (answer === 'take') return done()
      const words = answer === 'later' ? 'come back later' : 'no such planted@example.test'
      done(Object.assign(new Error(words), { responseCode: answer === 'later' ? 451 : 550 }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        received.push({ to, message: Buffer.concat(chunks).toString() })
        done()
      })
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as { port: number }
  return { url: `smtp://127.0.0.1:${port}`, received, answers }
}
