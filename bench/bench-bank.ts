import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'
import { newId } from '#libs/ids/ids.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import type { Bank } from '#platform/bank.ts'
import { GATEWAY, serviceNames } from '#platform/catalogue.ts'
import { migrateAll } from '#platform/databases.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#platform/embedded/server.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'
import { gatewayListener, serviceListener } from '#platform/listeners.ts'
import { seedSandbox } from '#platform/sandbox.ts'
import { Api } from '#platform/testing/api.ts'
import { openOver } from '#platform/testing/bank-over.ts'
import { RAISED_LIMITS } from '#platform/testing/open-bank.ts'

/** What is raised for measuring; printed with the figures. */
export const BENCH_SETTINGS = { ...RAISED_LIMITS, BANKFLOW_FRAUD_VELOCITY_COUNT: '1000000000' }

/** A durable bank on a server of its own, in this process, with its listeners. */
export interface BenchBank {
  /** A folder that goes with it. */
  home: string
  bank: Bank
  server: EmbeddedServer
  api: Api
  port: number
  servicePort: number
  serviceKey: SigningKey
  stop(): Promise<void>
}

/** Starts the bank to be measured: fsync on, as it would run. */
export async function startBenchBank(): Promise<BenchBank> {
  const home = await makeTemporaryHome('bankflow-bench-')
  const server = await startEmbeddedServer({
    home,
    log: () => {},
    maxConnections: 400,
    sharedBuffers: '1GB',
  })
  const keys = localKeyProvider({ file: join(home, 'master.key'), create: true })
  await migrateAll(server.options, keys, serviceNames, () => {})
  const { bank, serviceKey } = await openOver({
    ...{
      server,
      keys,
      here: [...serviceNames, GATEWAY],
      env: BENCH_SETTINGS,
      logLevel: 'warn',
      urlOf: () => undefined,
    },
  })
  await seedSandbox(bank, () => {})
  const metrics = createMetrics()
  const listeners = [gatewayListener(bank, metrics), serviceListener(bank, metrics)] as const
  const [port, servicePort] = await Promise.all(listeners.map(listening))
  return {
    home,
    bank,
    server,
    api: new Api(`http://127.0.0.1:${port}`),
    port: port as number,
    servicePort: servicePort as number,
    serviceKey,
    stop: async () => {
      await Promise.all(listeners.map((listener) => listener.close()))
      await bank.stop()
      await server.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function listening(listener: FastifyInstance): Promise<number> {
  await listener.listen({ port: 0, host: '127.0.0.1' })
  return (listener.server.address() as { port: number }).port
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
