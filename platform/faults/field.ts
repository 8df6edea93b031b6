import type { Trio } from '../cluster/postgres/trio.ts'
import type { BankUnderFault, Killable } from './fault.ts'
import type { Network } from './network.ts'
import type { SmallDisk } from './small-disk.ts'

/** A process of the bank: it can be started again with other settings until its next start. */
export interface BankProcess extends Killable {
  readonly isAlive: boolean
  lastWords(): string
  restart(changes?: NodeJS.ProcessEnv): Promise<void>
}

/** What faults are done to: the components and the processes of one bank. */
export interface ClusterField extends BankUnderFault {
  /** Three brokers; undefined where Kafka cannot be had. */
  readonly brokers: readonly Killable[] | undefined
  readonly redis: Killable | undefined
  /** Proxies before the processes of services; undefined without toxiproxy. */
  readonly network: Network | undefined
  readonly processes: readonly BankProcess[]
  readonly trio: Trio
  /** The disk of the first primary; undefined where nobody may mount one. */
  readonly smallDisk: SmallDisk | undefined
  /** Where it says what it does. */
  readonly say: (line: string) => void
}
