import { newId } from '#libs/ids/ids.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import type { Bank } from '#platform/bank.ts'
import { GATEWAY, serviceNames } from '#platform/catalogue.ts'
import type { EmbeddedServer } from '#platform/embedded/server.ts'
import { gatewayListener } from '#platform/listeners.ts'
import { seedSandbox } from '#platform/sandbox.ts'
import { Api } from '#platform/testing/api.ts'
import { openOver } from '#platform/testing/bank-over.ts'
import { RAISED_LIMITS } from '#platform/testing/open-bank.ts'
import { listening, openWhole, startFreshServer } from './fresh-server.ts'

/** What is raised for measuring; printed with the figures. */
export const BENCH_SETTINGS = { ...RAISED_LIMITS, BANKFLOW_FRAUD_VELOCITY_COUNT: '1000000000' }

/** A durable bank on a server of its own, in this process, with its listener. */
export interface BenchBank {
  /** A folder that goes with it. */
  home: string
  bank: Bank
  server: EmbeddedServer
  api: Api
  port: number
  stop(): Promise<void>
}

/** Starts the bank to be measured. */
export function startBenchBank(): Promise<BenchBank> {
  return openWhole(async (begun) => {
    const { home, server, keys } = await startFreshServer(serviceNames, begun)
    const here = [...serviceNames, GATEWAY]
    const { bank } = await openOver({
      server,
      keys,
      here,
      env: BENCH_SETTINGS,
      logLevel: 'warn',
      urlOf: () => undefined,
    })
    begun.defer(() => bank.stop())
    await seedSandbox(bank, () => {})
    const port = await listening(gatewayListener(bank, createMetrics()), begun)
    return { home, bank, server, api: new Api(`http://127.0.0.1:${port}`), port, stop: () => begun.disposeAsync() }
  })
}

/** Accounts of one customer, each with money; opened and funded through the API. */
export async function fundedAccounts(
  api: Api,
  count: number,
  cents: number,
): Promise<{ token: string; account_ids: string[] }> {
  const [{ token }, officer] = await Promise.all([api.newCustomer(), api.signIn('officer')])
  const account_ids: string[] = []
  for (let opened = 0; opened < count; opened += 50) {
    const some = await Promise.all(Array.from({ length: Math.min(50, count - opened) }, () => api.openAccount(token)))
    account_ids.push(...some.map((account) => account.account_id))
  }
  const rows = account_ids.map((account_id) => ({
    account_id,
    direction: 'CREDIT',
    amount_cents: cents,
    currency: 'EUR',
    value_date: new Date().toISOString().slice(0, 10),
    description: 'funds for the benchmark',
    external_reference: `bench-${account_id}`,
  }))
  const batch_id = newId()
  await api.expect(202, api.post('/transactions/batches', { batch_id, rows }, { token: officer }))
  for (;;) {
    const { body } = await api.get(`/transactions/batches/${batch_id}`, { token: officer })
    if (body.pending === 0) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { token, account_ids }
}
