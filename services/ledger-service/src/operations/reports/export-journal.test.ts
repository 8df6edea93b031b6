import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { exportJournal } from '#contracts/api/ledger-reports.ts'
import { isFileReply } from '#libs/contract/file-reply.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { BEAN_CHECK, HLEDGER } from '../../../testing/programs.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { accountName, amountText, decimalOf, type ExportedAccount } from '../../documents/journal-text.ts'
import { dayFrom } from '../../domain/value-dates.ts'

const staff = aStaffMember('auditor')

async function exported(
  ledger: LedgerTest,
  query: { from: string; to: string; format?: 'csv' | 'beancount' | 'hledger'; known_at?: string },
) {
  const { reply } = await ledger.call(exportJournal, { query }, staff)
  assert.ok(isFileReply(reply) && reply.rest !== undefined)
  const parts = [reply.bytes]
  for await (const part of reply.rest) parts.push(part)
  return Buffer.concat(parts).toString()
}

/** Business of four days in two currencies: accounts that move before, on and after the exported days, odd texts, a reversal, odd value dates. */
async function business(ledger: LedgerTest) {
  const [first, second, third, fourth] = (await passDays(ledger, 0, 4)) as [string, string, string, string]
  const quiet = await ledger.openAccount({ balance_cents: 77n })
  const early = await ledger.openAccount({ balance_cents: 1_000n, overdraft_limit_cents: 500n })
  const yen = await ledger.openAccount({ balance_cents: 500n, currency: 'JPY' })
  await passDays(ledger, 1)
  const late = await ledger.openAccount({ balance_cents: 30n })
  await ledger.post({
    from: early,
    to: late,
    cents: 1_200n,
    description: 'a "quoted" \\ text; and\nmore',
    reference: 'R(1)',
  })
  await ledger.post({ from: yen, to: 'SETTLEMENT', cents: 123n, currency: 'JPY' })
  const { ledger_transaction_id } = await ledger.post({ from: 'CASH', to: early, cents: 9n, value_date: first })
  await passDays(ledger, 1)
  await ledger.reverse(ledger_transaction_id)
  await ledger.post({ from: late, to: 'CASH', cents: 5n, value_date: fourth })
  await passDays(ledger, 1)
  await ledger.post({ from: early, to: quiet, cents: 1n })
  await sealAll(ledger)
  return { days: { from: second, to: third }, after: fourth, accounts: { quiet, early, yen, late } }
}

/** The accounts with the balances that the ledger says they had at the end of the exported days. */
async function balancesAt(ledger: LedgerTest, ids: readonly string[], day: string) {
  const rows = await ledger.sql<(ExportedAccount & { closing: bigint })[]>`
    select a.*, (select closing_cents from daily_balances d where d.ledger_account_id = a.ledger_account_id and d.business_date <= ${day}
      order by d.business_date desc limit 1) as closing
    from ledger_accounts a where ledger_account_id = any(${ids}::uuid[])`
  return rows.map((row) => ({
    name: accountName(row),
    cents: row.normal_side === 'DEBIT' ? row.closing : -row.closing,
    currency: row.currency,
  }))
}

async function inFile(t: TestContext, name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bankflow-export-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

describe('exportJournal', () => {
  test('writes a line of CSV for each entry of the days, in the order of booking', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days, accounts } = await business(ledger)
    const [head, ...lines] = (await exported(ledger, days))
      .replaceAll('"a ""quoted"" \\ text; and\nmore"', 'odd')
      .trimEnd()
      .split('\r\n')
    assert.equal(head?.split(',').length, 20)
    const shown = lines.map((line) => line.split(',')).filter((cells) => cells[9] === accounts.early)
    assert.deepEqual(
      shown.map((cells) => [cells[0], cells[8], cells[10], cells[11], cells[12], cells[13], cells[14], cells[15]]),
      [
        [days.from, 'odd', 'CUSTOMER_DEPOSITS', '2', 'DEBIT', decimalOf(1_200n, 'EUR'), 'EUR', '-2.00'],
        [days.from, 'a test', 'CUSTOMER_DEPOSITS', '3', 'CREDIT', '0.09', 'EUR', '-1.91'],
        [days.to, 'booked by mistake', 'CUSTOMER_DEPOSITS', '4', 'DEBIT', '0.09', 'EUR', '-2.00'],
      ],
    )
    assert.equal(lines.length, 12)
  })

  test('says what an exchange was made at, in each format', async (t) => {
    const ledger = await openLedgerTest(t)
    const [day] = (await passDays(ledger, 0, 1)) as [string]
    await ledger.post({
      business_event: 'SWIFT_OUT',
      currency: 'USD',
      postings: [
        { debit: 'CASH', credit: '@position', amount_cents: 10_000n },
        { debit: '@position', credit: '@nostro', amount_cents: 9_197n, currency: 'EUR' },
      ],
      exchange: { sell_currency: 'USD', buy_currency: 'EUR', rate: '0.9197' },
    })
    await sealAll(ledger)
    const shown = {
      csv: ',1 USD = 0.9197 EUR,',
      beancount: 'exchange: "1 USD = 0.9197 EUR"',
      hledger: '; exchange: 1 USD = 0.9197 EUR',
    }
    for (const [format, text] of Object.entries(shown)) {
      const journal = await exported(ledger, { from: day, to: day, format: format as 'csv' })
      assert.ok(journal.includes(text), journal)
      const [program, ...more] =
        format === 'beancount' ? [BEAN_CHECK] : [format === 'hledger' ? HLEDGER : undefined, 'check', '--strict', '-f']
      if (program !== undefined)
        execFileSync(program, [...more, await inFile(t, `journal.${format}`, journal)], { stdio: 'pipe' })
    }
  })

  test('is the same for ever, as known at a moment', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days, after, accounts } = await business(ledger)
    const known_at = ledger.clock.bank.now().toISOString()
    const both = { from: days.from, to: after }
    const ask = () =>
      Promise.all(
        (['csv', 'beancount', 'hledger'] as const).map((format) => exported(ledger, { ...both, format, known_at })),
      )
    await sealAll(ledger)
    const then = await eventually(ask)
    await ledger.post({ from: accounts.late, to: 'CASH', cents: 2n, value_date: days.from })
    await passDays(ledger, 2)
    await sealAll(ledger)
    assert.deepEqual(await ask(), then)
  })

  test('is for staff, and refuses days that end before they begin', async (t) => {
    const ledger = await openLedgerTest(t)
    const query = { from: '2026-03-02', to: '2026-03-01' }
    assert.equal(await refusalOf(ledger.call(exportJournal, { query }, aCustomer())), 'FORBIDDEN')
    assert.equal(await refusalOf(ledger.call(exportJournal, { query }, staff)), 'RANGE_WRONG')
  })

  test(
    'Beancount accepts it, and finds the balances of every account where the ledger has them',
    BEAN_CHECK === undefined ? { skip: 'no bean-check on this machine (pip install beancount, BEAN_CHECK)' } : {},
    async (t) => {
      const ledger = await openLedgerTest(t)
      const { days, accounts } = await business(ledger)
      const text = await exported(ledger, { ...days, format: 'beancount' })
      const balances = await balancesAt(ledger, [accounts.early, accounts.late, accounts.yen], days.to)
      const assertions = balances.map(
        ({ name, cents, currency }) => `${dayFrom(days.to, 1)} balance ${name}  ${amountText(cents, currency)}\n`,
      )
      const check = (file: string) => execFileSync(BEAN_CHECK as string, [file], { encoding: 'utf8', stdio: 'pipe' })
      assert.equal(check(await inFile(t, 'journal.beancount', text + assertions.join(''))), '')
      const broken = await inFile(t, 'journal.beancount', text.replace(/ {2}0\.09 EUR/, '  0.10 EUR'))
      assert.throws(() => check(broken), /Transaction does not balance|Balance failed/)
    },
  )

  test(
    'hledger accepts it, and finds the balances of every account where the ledger has them',
    HLEDGER === undefined ? { skip: 'no hledger on this machine (apt-get install hledger, HLEDGER)' } : {},
    async (t) => {
      const ledger = await openLedgerTest(t)
      const { days, accounts } = await business(ledger)
      const text = await exported(ledger, { ...days, format: 'hledger' })
      const balances = await balancesAt(ledger, [accounts.early, accounts.late, accounts.yen], days.to)
      const assertions = balances.map(
        ({ name, cents, currency }) => `    ${name}  ${amountText(0n, currency)} = ${amountText(cents, currency)}\n`,
      )
      const check = (file: string) =>
        execFileSync(HLEDGER as string, ['-f', file, 'check', '--strict'], { encoding: 'utf8', stdio: 'pipe' })
      check(await inFile(t, 'journal.journal', `${text}\n${days.to} accounts\n${assertions.join('')}`))
      const broken = await inFile(t, 'journal.journal', text.replace(/ {2}0\.09 EUR/, '  0.10 EUR'))
      assert.throws(() => check(broken), /could not balance|assertion/)
    },
  )
})
