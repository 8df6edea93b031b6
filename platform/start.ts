import { isConnectionLost } from '#libs/sql/database.ts'
import { CONFORMANCE_USER } from '#services/identity-service/src/domain/conformance.ts'
import { type Platform, startPlatform } from './platform.ts'
import { demoPassword, demoUsers } from './sandbox.ts'
import { CONFORMANCE_CODE, type PlatformSettings, readPlatformSettings } from './settings.ts'
import { startRefusal } from './start-refusal.ts'

/** `npm start`. */
const startedMs = performance.now()
const say = (line: string): void => console.log(`  ${line}`)

// The driver asks each new connection for its array types and lets nobody await the answer: when the server dies at that moment the process
// would end with it. The query that wanted the connection fails by itself; any other rejection that nobody awaits is our bug.
process.on('unhandledRejection', (reason) => {
  if (!isConnectionLost(reason)) throw reason
})

try {
  const settings = readPlatformSettings(process.env)
  console.log(`BankFlow · ${settings.isConformance ? 'conformance' : settings.profile} · ${settings.home}`)
  const stopping = stopOnSignal()
  const platform = await startPlatform(settings, say)
  banner(platform, settings)
  stopping.use(platform)
} catch (error) {
  refuse(error)
}

/** Everything that the person at the keyboard can mend is one line; anything else keeps its stack. */
function refuse(error: unknown): void {
  const line = startRefusal(error)
  if (line !== undefined) console.error(`BankFlow did not start: ${line}`)
  else console.error('BankFlow did not start:', error)
  process.exit(1)
}

function banner(platform: Platform, settings: PlatformSettings): void {
  const { url } = platform
  console.log(`\n  ${url}   ready in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  if (platform.serviceUrl !== undefined) console.log(`  services reach it at ${platform.serviceUrl}`)
  if (platform.mtls !== undefined)
    console.log(`  mTLS      ${platform.mtls.url}   (certificates of ${platform.mtls.authority})`)
  console.log(`  API       ${url}/api/v1/docs   (${url}/api/v1/openapi.json)`)
  if (platform.history !== undefined)
    console.log(`  History   the demo bank lives through its year now; money moves again when it has reached today`)
  if (settings.profile === 'sandbox' && !settings.isSplit) {
    console.log(`  Mailbox   ${url}/mailbox?to=you@example.com`)
    console.log(
      `  Sign in   ${demoUsers.map((user) => user.email).join('\n            ')}\n            password ${demoPassword}`,
    )
  }
  if (settings.isConformance)
    console.log(
      `  WARNING   ${CONFORMANCE_USER} answers every second factor with ${CONFORMANCE_CODE}: for a conformance suite alone`,
    )
  console.log('\n  Ctrl-C stops it; everything is kept.')
}

/** The first signal drains; a second one does not wait. A signal before the start is complete waits for it. */
function stopOnSignal(): { use(platform: Platform): void } {
  let platform: Platform | undefined
  let signalled = false
  const stop = async (): Promise<void> => {
    if (platform === undefined) return
    console.log('\n  stopping: answering what is under way, then the database')
    await platform.stop()
    console.log('  stopped')
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (signalled) process.exit(130)
      signalled = true
      void stop()
    })
  }
  return {
    use: (running) => {
      platform = running
      if (signalled) void stop()
    },
  }
}
