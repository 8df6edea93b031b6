import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isoDate } from '#libs/clock/clock.ts'
import { makeDemoCustomers } from '#services/identity-service/src/seed.ts'
import { bearBank } from '#services/ledger-service/src/seed.ts'
import type { Bank } from '../bank.ts'
import { type History, startHistory } from './history.ts'
import { demoPeople } from './people.ts'

const DAY_MS = 86_400_000
const DAYS_OF_HISTORY = 365

/**
 * Makes the sign-ins of the demo bank's customers and, in a bank that has booked nothing yet, lets it be born a year (`days`) ago; then its history begins, or
 * goes on. Undefined where there is none to make: it is complete, or the bank was used before without one.
 */
export async function beginDemo(
  bank: Bank,
  home: string,
  say: (line: string) => void,
  days: number = DAYS_OF_HISTORY,
): Promise<History | undefined> {
  const made = await makeDemoCustomers(bank.openingOf('identity-service'), demoPeople())
  if (made > 0) say(`demo customers: ${made}`)
  const file = join(home, 'demo.json')
  const bornOn = birthdayIn(file) ?? isoDate(new Date(Date.now() - days * DAY_MS))
  const daysAgo = Math.round((Date.parse(isoDate(new Date())) - Date.parse(bornOn)) / DAY_MS)
  // Written first: a bank that is born and does not know when could not go on with its history.
  if (!existsSync(file)) writeFileSync(file, `${JSON.stringify({ born_on: bornOn })}\n`)
  await bearBank(bank.openingOf('ledger-service'), { daysAgo })
  return isInThePast(bank) ? startHistory(bank, { bornOn, say }) : undefined
}

/** True while the books are behind the wall: by a year at first, by less where the bank was stopped on its way. */
function isInThePast({ clock }: Bank): boolean {
  return clock.bank.now().getTime() < clock.wall.now().getTime() - 1_000
}

function birthdayIn(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const { born_on } = JSON.parse(readFileSync(file, 'utf8')) as { born_on?: unknown }
  return typeof born_on === 'string' ? born_on : undefined
}
