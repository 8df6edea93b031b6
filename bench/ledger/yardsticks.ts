import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { findPgbench, pgbenchLoop } from '../pgbench.ts'
import { fillTpcb, tpcbLoop } from '../tpcb.ts'
import type { Lab } from './lab.ts'
import { type Case, measure } from './measure.ts'

export const TPCB = 'pgbench TPC-B-like, scale 100'
export const FUNCTION = 'hand-tuned function'

const DATABASE = 'double_entry'
const OPENING_CENTS = 1_000_000_000n

/** pgbench's own script at each number of clients. */
export async function measureTpcb(lab: Lab): Promise<void> {
  if (!(await fillTpcb(lab.server))) return console.log('pgbench is not installed: no yardsticks, so no ratios')
  for (const clients of lab.options.clients) {
    const run: Case['run'] = (seconds) => tpcbLoop(lab.server, clients, seconds)
    await measure(lab, { name: TPCB, clients, isHot: false, isOurs: false, run })
  }
}

/** The hand-tuned function in a database of its own, called by pgbench; its money is counted afterwards. */
export async function measureFunction(lab: Lab): Promise<void> {
  if (findPgbench() === undefined) return
  const sql = await openFunction(lab)
  try {
    for (const isHot of [false, true]) {
      for (const clients of lab.options.clients) {
        const script = scriptOf(lab.options.accounts, isHot)
        const run: Case['run'] = (seconds) => pgbenchLoop(lab.server, { database: DATABASE, clients, seconds, script })
        await measure(lab, { name: FUNCTION, clients, isHot, isOurs: false, run })
      }
    }
    await checkMoney(sql, lab.options.accounts)
  } finally {
    await sql.end({ timeout: 5 })
    await lab.admin.unsafe(`drop database ${DATABASE} (force)`)
  }
}

async function openFunction({ admin, server, options }: Lab): Promise<Sql> {
  await admin.unsafe(`drop database if exists ${DATABASE} (force)`)
  await admin.unsafe(`create database ${DATABASE}`)
  const sql = openPool(server.options(DATABASE), { name: 'bench', max: 1, statementTimeoutMs: 0 })
  await sql.unsafe(await readFile(join(import.meta.dirname, 'double-entry.sql'), 'utf8'))
  await sql`insert into accounts select id, ${OPENING_CENTS}, 0, 0 from generate_series(1, ${options.accounts}::int) as id`
  await sql`vacuum analyze`
  return sql
}

/** The hot account has the highest id: it is locked last and so for the shortest time, which is the best that id order allows. */
function scriptOf(accounts: number, isHot: boolean): string {
  const pair = isHot
    ? `\\set debit random(1, ${accounts - 1})\n\\set credit ${accounts}`
    : `\\set debit random(1, ${accounts})\n\\set other random(1, ${accounts - 1})\n` +
      '\\set credit case when :other >= :debit then :other + 1 else :other end'
  return `${pair}\nselect transfer(uuidv7(), :debit, :credit, 1);\n`
}

async function checkMoney(sql: Sql, accounts: number): Promise<void> {
  const [row] = await sql<{ transfers: bigint; entries: bigint; drift: bigint; wrong: bigint }[]>`
    select (select count(*) from transfers) as transfers, (select count(*) from entries) as entries,
      (select sum(balance_cents)::bigint from accounts) - ${OPENING_CENTS * BigInt(accounts)} as drift,
      (select count(*) from accounts a left join (
        select account_id, sum(amount_cents) as moved, count(*) as moves from entries group by account_id) e using (account_id)
        where balance_cents <> ${OPENING_CENTS} + coalesce(moved, 0) or entry_count <> coalesce(moves, 0)) as wrong`
  if (row === undefined || row.drift !== 0n || row.wrong !== 0n || row.entries !== 2n * row.transfers)
    throw new Error('the books of the function do not add up')
  console.log(
    `${FUNCTION}: ${row.transfers} transfers, ${row.entries} entries; every balance is the sum of its entries`,
  )
}
