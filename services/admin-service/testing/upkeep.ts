import { upkeepOf } from '#contracts/api/upkeep.ts'
import { ALL_SERVICES } from '#contracts/enums.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault } from '#libs/problem/problem.ts'
import type { Admin } from './open-admin.ts'

type Upkeep = ReplyOf<ReturnType<typeof upkeepOf>['listDeadLetters']>
type Letter = Upkeep['items'][number]

/** A parked event as its service tells it. */
export function aLetter(changed: Partial<Letter> = {}): Letter {
  return {
    dead_letter_id: newId(),
    producer: 'transaction-service',
    event_id: newId(),
    type: 'transaction.completed',
    partitionkey: newId(),
    error: 'division by zero',
    replays: 2,
    parked_at: '2026-01-02T03:04:05.000Z',
    next_attempt_at: null,
    ...changed,
  }
}

/**
 * Plays what services say of themselves, nothing special unless told, the admin-service apart, which answers for itself; `silent` ones never
 * answer. Returns who was asked.
 */
export function playServices(bank: Admin, told: Readonly<Record<string, Upkeep | 'silent' | 'broken'>>): string[] {
  const asked: string[] = []
  for (const service of ALL_SERVICES)
    bank.peer(upkeepOf(service).listDeadLetters, () => {
      asked.push(service)
      const answer = told[service] ?? { items: [], unaudited: 0 }
      if (answer === 'silent') return new Promise(() => {})
      if (answer === 'broken') throw new Fault('its database is away')
      return answer
    })
  return asked
}
