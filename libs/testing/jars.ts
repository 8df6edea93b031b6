import type { TestContext } from 'node:test'
import type { Caller } from '#libs/contract/client.ts'
import { aCustomer } from './callers.ts'
import { createJar, inspectLabel } from './jar-contracts.ts'
import { service } from './jar-service.ts'
import { openServiceTest, type ServiceTest } from './service-test.ts'

/** jar-service open for one test, with a kitchen that allows every label; parts of the service may be replaced. */
export async function openJarService(t: TestContext, changed: Partial<typeof service> = {}): Promise<ServiceTest> {
  const jars = await openServiceTest(t, { ...service, ...changed })
  jars.peer(inspectLabel, () => ({ is_allowed: true }))
  return jars
}

/** Puts up a jar; its owner is new unless given. */
export async function putUpJar(
  jars: ServiceTest,
  { sweets = 100, owner = aCustomer() }: { sweets?: number; owner?: Caller } = {},
): Promise<{ jar_id: string; owner: Caller }> {
  const body = { label: `jar ${Math.random()}`, sweets, worth_cents: 5n }
  const { reply } = await jars.call(createJar, { body }, owner)
  return { jar_id: reply.jar_id, owner }
}

/** How many sweets a jar holds. */
export async function sweetsIn(jars: ServiceTest, jar_id: string): Promise<number> {
  const [jar] = await jars.sql<{ sweets: number }[]>`select sweets from jars where jar_id = ${jar_id}`
  return (jar as { sweets: number }).sweets
}

/** The trail of an operation: how each act ended, oldest first. */
export async function outcomesOf(jars: ServiceTest, operation: string): Promise<string[]> {
  const rows = await jars.sql<{ outcome: string }[]>`
    select outcome from audit_outbox where operation = ${operation} order by audit_id`
  return rows.map((row) => row.outcome)
}
