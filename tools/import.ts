import { createInterface } from 'node:readline/promises'
import { SettingsRefused } from '#libs/config/settings.ts'
import { KeyRefused } from '#libs/crypto/key-provider.ts'
import { BankApi } from './import/bank-api.ts'
import { presentReached } from './import/history.ts'
import { type ImportOptions, readOptions, USAGE } from './import/options.ts'
import type { Progress } from './import/progress.ts'
import { importFile } from './import/run.ts'
import { ImportStopped } from './import/stopped.ts'
import { PASSWORD_VARIABLE, type TargetBank, targetBank } from './import/target-bank.ts'

/** The demo officer of a sandbox: who signs in when nobody is named. */
const DEMO = { email: 'officer@demo.bankflow.test', password: 'Demo-bank-2026' }

process.exit(await main(process.argv.slice(2)))

/** `npm run import -- FILE`: 0 when everything reconciles, 1 when something does not, or when it could not be done. */
async function main(args: readonly string[]): Promise<number> {
  let bank: TargetBank | undefined
  try {
    // npm changes to the project's folder; the person named the file from where they stand.
    const options = readOptions(args, process.env.INIT_CWD ?? process.cwd())
    if (options === undefined) {
      process.stdout.write(USAGE)
      return 0
    }
    const signal = stopOnSignal()
    const connect = async (progress: Progress): Promise<BankApi> => {
      const say = (line: string): void => progress.say(line)
      bank = await targetBank(options.url, process.env, say)
      await presentReached(bank.url, say, signal)
      return signedIn(bank.url, options, say)
    }
    const screen = {
      isTerminal: process.stdout.isTTY === true,
      write: (text: string) => void process.stdout.write(text),
    }
    return (await importFile(options, { connect, screen, signal })) ? 0 : 1
  } catch (error) {
    console.error(`import: ${lineOf(error)}`)
    return 1
  } finally {
    await bank?.stop()
  }
}

async function signedIn(url: string, options: ImportOptions, say: (line: string) => void): Promise<BankApi> {
  const email = options.user ?? DEMO.email
  const password = options.user === undefined ? DEMO.password : process.env[PASSWORD_VARIABLE]
  if (password === undefined) throw new ImportStopped(`put the password of ${email} into ${PASSWORD_VARIABLE}`)
  const onWait = (reason: string, ms: number): void => {
    if (ms >= 1000) say(`waiting ${Math.round(ms / 1000)} s: ${reason}`)
  }
  const api = new BankApi(url, { email, password, askCode }, onWait)
  await api.signIn()
  return api
}

async function askCode(): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const code = await terminal.question('  code of the authenticator: ')
  terminal.close()
  return code
}

/** The first signal lets what is under way be answered; a second one does not wait. */
function stopOnSignal(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130)
      stopping.abort()
    })
  }
  return stopping.signal
}

/** What the person can mend is one line; anything else keeps its stack. */
function lineOf(error: unknown): string {
  const isPlain = error instanceof ImportStopped || error instanceof SettingsRefused || error instanceof KeyRefused
  const isEmbedded = error instanceof Error && error.name === 'EmbeddedServerError'
  if (isPlain || isEmbedded) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
