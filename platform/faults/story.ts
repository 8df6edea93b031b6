import { spawn } from 'node:child_process'
import { basename, join } from 'node:path'
import { eventually } from '#libs/testing/service-test.ts'
import { Api, aKey } from '../testing/api.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATIENCE_MS = 60_000
/** A telling that takes longer hangs. */
const TOLD_WITHIN_MS = 240_000
/** A test of it that failed, in TAP, after which it says why. */
const FAILED = /^ *not ok /m
const SAYS_WHY_MS = 1_000
/** What of a telling's output says why it failed. */
const TAIL_CHARS = 3_000

/** A story, told by one telling after the other until it passes once. */
export interface Story {
  readonly name: string
  /** Tells it from its beginning, for the n-th time (0 first), until the signal; throws at what is not as it should be. */
  tell(times: number, signal: AbortSignal): Promise<void>
}

/** The first transfer by itself, at one gateway after the other. */
export function shortStory(gateways: readonly string[]): Story {
  return {
    name: 'the first transfer',
    tell: (times) => firstTransfer(gateways[times % gateways.length] as string),
  }
}

/** A story as its test file tells it, in a process of its own, on a bank that stands. */
export function storyOf(file: string, standingBank: string): Story {
  return {
    name: basename(file, '.test.ts'),
    tell: (_times, signal) => tellFile(file, standingBank, signal),
  }
}

/**
 * The first transfer, as strangers live through it: register, verify, be approved, open, deposit, transfer by number; both sides see it. Throws at the
 * first step that is not answered as it should.
 */
export async function firstTransfer(url: string): Promise<void> {
  const api = new Api(url)
  const [payer, payee, teller] = await Promise.all([api.newCustomer(), api.newCustomer(), api.signIn('teller')])
  const source = await api.openAccount(payer.token)
  const destination = await api.openAccount(payee.token)
  await api.deposit(teller, source.account_id, 100_000)
  const wish = {
    source_account_id: source.account_id,
    destination_account_number: destination.account_number,
    amount_cents: 25_000,
    currency: 'EUR',
    description: 'Rent for March',
  }
  const { body } = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer.token, key: aKey() }))
  const ended = await api.ended(payer.token, body.transaction_id, PATIENCE_MS)
  if (ended.status !== 'COMPLETED') throw new Error(`the transfer ended ${ended.status} ${ended.failure_code}`)
  const sides = [
    { token: payer.token, account: source.account_id, cents: 75_000 },
    { token: payee.token, account: destination.account_id, cents: 25_000 },
  ]
  for (const { token, account, cents } of sides)
    await eventually(async () => {
      const balance = await api.expect(200, api.balance(token, account))
      if (balance.body.ledger_balance_cents !== cents)
        throw new Error(`${account} holds ${balance.body.ledger_balance_cents}`)
      const history = await api.expect(200, api.get(`/accounts/${account}/transactions`, { token }))
      return history.body.items.some((one: { transaction_id: string }) => one.transaction_id === body.transaction_id)
    }, PATIENCE_MS)
}

/** Runs one test file on a standing bank; throws the end of what it printed where one of its tests failed or none ran. */
async function tellFile(file: string, standingBank: string, signal: AbortSignal): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--test', '--test-isolation=none', '--test-force-exit', '--test-reporter=tap', file],
    {
      cwd: ROOT,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, BANKFLOW_TEST_BANK: standingBank },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(TOLD_WITHIN_MS)]),
      // A browser's driver does not end by SIGTERM; the browser does when its driver is gone.
      killSignal: 'SIGKILL',
    },
  )
  let output = ''
  let ending: NodeJS.Timeout | undefined
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      // The rest of it would wait for what did not happen.
      if (FAILED.test(output)) ending ??= setTimeout(() => child.kill('SIGKILL'), SAYS_WHY_MS)
    })
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const failure = await new Promise<Error | undefined>((resolve) => {
    child.on('error', resolve)
    void closed.then(() => resolve(undefined))
  })
  const code = await closed
  clearTimeout(ending)
  if (failure !== undefined) throw new Error(`${failure.message}: ${reasonIn(output)}`, { cause: failure })
  const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0)
  if (code !== 0 || passed === 0) throw new Error(reasonIn(output))
}

/** The first test that failed, and why, out of TAP. */
function reasonIn(output: string): string {
  const first = output.search(FAILED)
  return first < 0 ? output.slice(-TAIL_CHARS) : output.slice(first, first + TAIL_CHARS)
}
