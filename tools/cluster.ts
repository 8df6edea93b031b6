import { serviceNames } from '#platform/catalogue.ts'
import { type Cluster, startCluster } from '#platform/cluster/cluster.ts'
import { demoPassword, demoUsers } from '#platform/sandbox.ts'

/** `npm run cluster`: the whole bank as many processes over Kafka, Redis and PostgreSQL with two replicas; Ctrl-C stops all of it. */
const startedMs = performance.now()
const say = (line: string): void => console.log(`  ${line}`)

console.log('BankFlow · sandbox · a cluster on this machine')
let stopping = false
let cluster: Cluster | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())

try {
  cluster = await startCluster({ say })
  if (stopping) await end(cluster)
  show(cluster)
  for (const part of cluster.parts)
    part.onState((state) => {
      if (!stopping)
        say(`${part.name.padEnd(16)} ${state}${state === 'gone' ? `   (its last words: ${part.logFile})` : ''}`)
    })
} catch (error) {
  console.error(`the cluster did not start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}

/** One line of state per part. */
function show({ gateways, parts, processes, postgres, components }: Cluster): void {
  const addressOf = new Map(processes.members.map(({ name, url }) => [name, url]))
  for (const part of parts)
    say(
      `${part.name.padEnd(16)} ${part.state.padEnd(8)} ${String(part.pid).padEnd(8)} ${addressOf.get(part.name) ?? ''}`,
    )
  for (const member of postgres.members)
    say(
      `${`postgres-${member.name}`.padEnd(16)} ready    ${String(member.pid()).padEnd(8)} 127.0.0.1:${member.port} ${member.part()}`,
    )
  console.log(`\n  ${gateways.join('   ')}   ready in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  say(
    `${serviceNames.length} services, ${processes.members.length} processes; Kafka ${components.kafka?.brokers}; ${components.redis?.url}`,
  )
  say(`Sign in   ${demoUsers.map((user) => user.email).join('\n            ')}\n            password ${demoPassword}`)
  console.log('\n  Ctrl-C stops all of it; nothing is kept.')
}

/** The first signal stops everything in order; a second one does not wait, and the warden clears up. */
async function stop(): Promise<void> {
  if (stopping) process.exit(130)
  stopping = true
  if (cluster !== undefined) await end(cluster)
}

async function end(running: Cluster): Promise<never> {
  console.log('\n  stopping: gateways, services, PostgreSQL, components')
  await running.stop()
  say('stopped')
  process.exit(0)
}
