import type { Day } from '../acts.ts'

/** What every purse (`7 main`, `7 savings`) holds after the days, by the acts alone: cents, without interest. */
export function balancesAfter(days: readonly Day[]): Map<string, number> {
  const purses = new Map<string, number>()
  const add = (purse: string, cents: number): void => void purses.set(purse, (purses.get(purse) ?? 0) + cents)
  for (const act of days.flatMap((day) => day.acts)) {
    if (act.kind === 'CASH_IN' || act.kind === 'INCOME') add(`${act.person} main`, act.amount_cents)
    else if (act.kind === 'CASH_OUT' || act.kind === 'SPENDING') add(`${act.person} main`, -act.amount_cents)
    else if (act.kind === 'TRANSFER') {
      add(`${act.person} ${act.from}`, -act.amount_cents)
      add(`${act.to} ${act.to_purse}`, act.amount_cents)
    }
  }
  return purses
}
