import { cpus } from 'node:os'
import type { BankGround } from '#platform/faults/ground.ts'
import { cpuUse, familyCpuS, processCpuS } from './cpu.ts'

/** Milliseconds of CPU for each operation. */
export interface Cpu {
  readonly bank_ms: number
  /** The primary and both replicas, with all their backends. */
  readonly postgres_ms: number
  /** Brokers and Redis. */
  readonly components_ms: number
}

export interface Measured {
  readonly cpu: Cpu
  /** Of the machine's cores, what neither the bank nor its servers nor the load used. */
  readonly others_share: number
}

/** Begins to count; the answer, called with the number of operations done since, says what each cost. */
export function cpuSince(
  { trio, components }: Pick<BankGround, 'trio' | 'components'>,
  pids: readonly number[],
): (operations: number) => Measured {
  const read = () => ({
    bank: sum(pids.map(processCpuS)),
    postgres: sum(trio.members.map((member) => familyCpuS(member.pid() ?? -1))),
    components: sum(components.parts.filter(({ isAlive }) => isAlive).map(({ pid }) => processCpuS(pid))),
    own: cpuUse(undefined),
  })
  const before = read()
  const startedMs = performance.now()
  return (operations) => {
    const now = read()
    const [bank, postgres, servers] = [
      now.bank - before.bank,
      now.postgres - before.postgres,
      now.components - before.components,
    ]
    const load = now.own.node_s - before.own.node_s + now.own.ended_s - before.own.ended_s
    const machine = now.own.machine_s - before.own.machine_s
    const room = ((performance.now() - startedMs) / 1_000) * cpus().length
    const each = (seconds: number): number => (seconds * 1_000) / operations
    return {
      cpu: { bank_ms: each(bank), postgres_ms: each(postgres), components_ms: each(servers) },
      others_share: Math.max(0, (machine - bank - postgres - servers - load) / room),
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
