import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { sharedData } from '#libs/testing/data-sets.ts'
import { openBank, type TestBank } from '#platform/testing/open-bank.ts'
import { BankApi } from './bank-api.ts'
import { readOptions } from './options.ts'
import { customerIdOf } from './references.ts'
import { relayTo } from './relay.ts'
import { importFile } from './run.ts'
import { started } from './started.ts'

const SAMPLE = join(import.meta.dirname, 'sample.csv')
const OFFICER = {
  email: 'officer@demo.bankflow.test',
  password: 'Demo-bank-2026',
  askCode: () => Promise.resolve(undefined),
}
const PURCHASES = 'bcc-pcard/transactions-to-2016.csv.gz'

/** All rows in euros, on the account of this name. */
function euros(label: string): string[] {
  return ['--currency', 'EUR', '--account-default', label]
}

interface Printed {
  isExplained: boolean
  text: string
}

describe('importing a file of a bank', () => {
  let bank: TestBank
  let folder = ''
  before(async () => {
    bank = await openBank()
    folder = mkdtempSync(join(tmpdir(), 'bankflow-import-'))
  })
  after(async () => {
    await bank.close()
    rmSync(folder, { recursive: true })
  })

  function written(name: string, lines: readonly string[]): string {
    const path = join(folder, name)
    writeFileSync(path, `${lines.join('\n')}\n`)
    return path
  }

  async function imported(...args: string[]): Promise<Printed> {
    return importedBy(new BankApi(bank.url, OFFICER, () => {}), args)
  }

  async function importedBy(api: BankApi, args: readonly string[]): Promise<Printed> {
    const printed: string[] = []
    const screen = { isTerminal: false, write: (part: string) => void printed.push(part) }
    const connect = async (): Promise<BankApi> => {
      await api.signIn()
      return api
    }
    const options = readOptions(args, folder)
    assert.ok(options)
    return {
      isExplained: await importFile(options, { connect, screen, signal: new AbortController().signal }),
      text: printed.join(''),
    }
  }

  /** Rows of the batch's accounts in the books of transaction-service, and what the ledger says they hold. */
  async function inTheBooks(label: string, currency = 'EUR'): Promise<{ rows: number; balance_cents: number }> {
    const token = await bank.api.signIn('officer')
    const customer_id = customerIdOf(label, currency as 'EUR')
    const { items } = (await bank.api.get(`/accounts?customer_id=${customer_id}`, { token })).body
    assert.equal(items.length, 1, `${label} has one account`)
    const { account_id } = items[0]
    const { body } = await bank.api.balance(token, account_id)
    const [row] = await bank.sql('transaction-service')`
      select count(*)::int as rows from transactions
      where (source_account_id = ${account_id} or destination_account_id = ${account_id}) and status = 'COMPLETED'`
    return { rows: row?.rows, balance_cents: Number(body.ledger_balance_cents) }
  }

  function counted(text: string, name: string): number {
    const found = new RegExp(`^ +${name} +([\\d,]+)$`, 'm').exec(text)
    assert.ok(found, `${name} is not in:\n${text}`)
    return Number(found[1]?.replaceAll(',', ''))
  }

  test('the sample is booked row by row, twins too, and the second time books nothing', async () => {
    const args = [SAMPLE, ...euros('Household')]
    const first = await imported(...args)
    assert.ok(first.isExplained, first.text)
    assert.equal(counted(first.text, 'rows in the file'), 60)
    assert.equal(counted(first.text, 'booked now'), 58)
    assert.match(first.text, /line 27: its amount is zero/)
    assert.match(first.text, /line 52: "06.02.2026 \?\?" is not a date/)
    assert.match(first.text, /rows that could not be read moved -73.05/)
    assert.match(first.text, /trial balance EUR is zero: yes/)
    const booked = await inTheBooks('Household')
    assert.deepEqual(booked, { rows: 58, balance_cents: 352_616 })

    const second = await imported(...args)
    assert.ok(second.isExplained, second.text)
    assert.equal(counted(second.text, 'booked now'), 0)
    assert.equal(counted(second.text, 'known before'), 58)
    assert.deepEqual(await inTheBooks('Household'), booked)
  })

  test('a row keeps its value date, direction and text', async () => {
    await imported(
      written('one.csv', ['date,amount,description', '14/03/2019,-12.34,"Inn, ""Old\tOak"""']),
      ...euros('Details'),
      '--date-format',
      'DD/MM/YYYY',
      '--overdraft',
      '20',
    )
    const [row] = await bank.sql('transaction-service')`
      select value_date::text, amount_cents, description, source_account_id is not null as is_debit
      from transactions where description like 'Inn%'`
    assert.deepEqual(
      { ...row },
      { value_date: '2019-03-14', amount_cents: 1234n, description: 'Inn, "Old Oak"', is_debit: true },
    )
  })

  test('the customer of a new account is known by its label alone, and by why; one that is known already stays', async () => {
    const file = written('label.csv', ['date,amount,description', '2026-01-01,10.00,a'])
    await imported(file, ...euros('Kitchen fund'))
    const officer = await bank.api.signIn('officer')
    const customer_id = customerIdOf('Kitchen fund', 'EUR')
    const at = `/customers/${customer_id}`
    const reason = { reason: 'what the import made' }
    const { body } = await bank.api.expect(200, bank.api.post(`${at}/reveal`, reason, { token: officer }))
    assert.deepEqual(
      [body.first_name, body.last_name, body.date_of_birth, body.email, body.address, body.user_id],
      ['Imported', 'Kitchen fund', null, null, null, null],
    )
    const { body: kyc } = await bank.api.get(`${at}/kyc/history`, { token: officer })
    assert.equal(kyc.items.length, 1)
    assert.match(kyc.items[0].reason, /^Imported history: .*the profile is to be completed$/)

    const known = customerIdOf('Brought over before', 'EUR')
    const brought = { ...{ customer_id: known, first_name: 'Grace', last_name: 'Before' }, opens_account: false }
    const { business_date } = (await bank.api.get('/sandbox/clock')).body
    const kyc_evidence = { reference: 'Old bank', verified_on: business_date }
    await bank.api.expect(201, bank.api.post('/customers', { ...brought, kyc_evidence }, { token: officer }))
    await imported(file, ...euros('Brought over before'))
    assert.deepEqual(await inTheBooks('Brought over before'), { rows: 1, balance_cents: 1_000 })
  })

  test('rows of history are not held back by what an account may spend in a day', async () => {
    const day = (amount: string, text: string) => `2026-01-01,${amount},${text}`
    const rows = [
      'date,amount,description',
      day('9000000.00', 'in'),
      day('-4000000.00', 'out'),
      day('-4500000.00', 'out'),
    ]
    const args = [written('large.csv', rows), ...euros('Large')]
    const { isExplained, text } = await imported(...args)
    assert.ok(isExplained, text)
    assert.deepEqual(await inTheBooks('Large'), { rows: 3, balance_cents: 50_000_000 })
    const token = await bank.api.signIn('officer')
    const { body } = await bank.api.get(`/accounts?customer_id=${customerIdOf('Large', 'EUR')}`, { token })
    const settings = await bank.api.get(`/accounts/${body.items[0].account_id}/settings`, { token })
    assert.ok(settings.body.daily_limit_cents < 400_000_000, 'the account has a limit that these rows exceed')
  })

  test('a later export that overlaps an earlier one books only what is new', async () => {
    const lines = Array.from({ length: 12 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')},${i + 1}.00,row ${i}`)
    const given = euros('Overlap')
    const march = await imported(written('march.csv', ['date,amount,description', ...lines.slice(0, 8)]), ...given)
    const april = await imported(written('april.csv', ['date,amount,description', ...lines.slice(5)]), ...given)
    assert.ok(march.isExplained && april.isExplained, april.text)
    assert.deepEqual([counted(april.text, 'booked now'), counted(april.text, 'known before')], [4, 3])
    assert.match(april.text, /Overlap: 3 rows had been booked from other files/)
    assert.deepEqual(await inTheBooks('Overlap'), { rows: 12, balance_cents: 7_800 })
  })

  test('what the ledger refuses is named by line, written to the file of refusals, and told again by the next run', async () => {
    const rows = [
      'date,amount,description',
      '2026-01-01,100.00,in',
      '2026-01-02,-500.00,"too, much"',
      '2026-01-03,-40.00,out',
      'nonsense',
    ]
    const args = [written('floor.csv', rows), ...euros('Floor'), '--refused-to', 'refused.csv']
    for (const booked of [2, 0]) {
      const { isExplained, text } = await imported(...args)
      assert.ok(isExplained, text)
      assert.equal(counted(text, 'booked now'), booked)
      assert.equal(counted(text, 'refused by the bank'), 1)
      assert.match(text, /line 3: the bank: .*\(INSUFFICIENT_FUNDS\)/)
    }
    const refused = readFileSync(join(folder, 'refused.csv'), 'utf8').split('\n')
    assert.equal(refused[0], 'line,refused_by,reason')
    assert.ok(
      refused.some((line) => line.startsWith('5,reader,"it has 1 columns')),
      refused.join('\n'),
    )
    assert.ok(
      refused.some((line) => line.startsWith('3,bank,')),
      refused.join('\n'),
    )
    assert.deepEqual(await inTheBooks('Floor'), { rows: 2, balance_cents: 6_000 })
  })

  test('a file whose balance contradicts its rows is booked and not called explained', async () => {
    const rows = [
      'date,amount,description,balance',
      '2026-01-01,10.00,a,110.00',
      '2026-01-02,-3.00,b,107.50',
      '2026-01-03,1.00,c,108.50',
    ]
    const { isExplained, text } = await imported(written('odd.csv', rows), ...euros('Odd'))
    assert.equal(isExplained, false)
    assert.match(text, /line 3: the file says 107.50, its own rows make 107.00/)
    assert.deepEqual(await inTheBooks('Odd'), { rows: 3, balance_cents: 800 })
  })

  test('rows of several currencies go to an account each', async () => {
    const rows = [
      'date,amount,currency,account',
      '2026-01-01,10.00,EUR,Travel',
      '2026-01-01,700,JPY,Travel',
      '2026-01-01,1.00,XAU,Travel',
    ]
    const { isExplained, text } = await imported(written('travel.csv', rows))
    assert.ok(isExplained, text)
    assert.match(text, /line 4: "XAU" is not a currency/)
    assert.deepEqual(await inTheBooks('Travel', 'JPY'), { rows: 1, balance_cents: 700 })
    assert.deepEqual(await inTheBooks('Travel', 'EUR'), { rows: 1, balance_cents: 1_000 })
  })

  test('the trial balance knows the rows that were sealed last, long after they had been booked', async (t) => {
    const file = written('francs.csv', ['date,amount,description', '2026-01-01,10.00,a', '2026-01-02,5.00,b'])
    const asked = Promise.withResolvers<void>()
    // Who holds the sealer's row keeps it from sealing: until the books are asked for.
    const held = bank.sql('ledger-service', 'owner').begin(async (tx) => {
      await tx`select from seal_state for update`
      await asked.promise
    })
    t.after(() => held)
    class Asking extends BankApi {
      override call: BankApi['call'] = (operation, input, sent) => {
        const answer = super.call(operation, input, sent)
        if (operation.id === 'getTrialBalance') void answer.finally(asked.resolve).catch(() => {})
        return answer
      }
    }
    const api = new Asking(bank.url, OFFICER, () => {})
    const { isExplained, text } = await importedBy(api, [file, '--currency', 'CHF', '--account-default', 'Francs'])
    assert.ok(isExplained, text)
    assert.match(text, /trial balance CHF is zero: yes \(debits 15.00, credits 15.00\)/)
  })

  test('a dry run asks no bank', async () => {
    const printed: string[] = []
    const options = readOptions([SAMPLE, ...euros('Nobody'), '--dry-run'], folder)
    assert.ok(options)
    const isExplained = await importFile(options, {
      connect: () => Promise.reject(new Error('a bank was asked')),
      screen: { isTerminal: false, write: (part) => void printed.push(part) },
      signal: new AbortController().signal,
    })
    assert.ok(isExplained)
    assert.match(printed.join(''), /would be sent +58/)
  })

  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    test(`a run that is ended by ${signal} in the middle is resumed, and every row is booked once`, async (t) => {
      const label = `Resumed after ${signal}`
      const rows = Array.from({ length: 600 }, (_, i) => `2026-02-0${(i % 9) + 1},-${(i % 7) + 1}.00,row ${i % 40}`)
      const file = written(`${signal}.csv`, ['date,amount,description', ...rows])
      const args = [file, ...euros(label), '--overdraft', 'unlimited', '--batch-rows', '50']
      const relay = await relayTo(bank.url, t)
      const child = started([...args, '--url', relay.url])
      relay.onBatch = (nth) => void (nth === 5 && child.process.kill(signal))
      const [code, endedBy] = await once(child.process, 'exit')
      assert.deepEqual([code, endedBy], signal === 'SIGKILL' ? [null, 'SIGKILL'] : [1, null], child.output())
      if (signal === 'SIGINT')
        assert.match(child.output(), /stopped at line \d+, \d+ rows taken; the same command resumes/)
      assert.ok(relay.batches() < 12, 'the first run sent everything before it was ended')

      const again = started([...args, '--url', bank.url])
      assert.deepEqual(await once(again.process, 'exit'), [0, null], again.output())
      assert.ok(counted(again.output(), 'known before') > 0)
      assert.match(again.output(), /everything reconciles/)
      const sum = rows.reduce((total, _, i) => total - ((i % 7) + 1) * 100, 0)
      assert.deepEqual(await inTheBooks(label), { rows: 600, balance_cents: sum })
    })
  }

  test('an address where no bank answers is refused in one line', async () => {
    const child = started([SAMPLE, ...euros('X'), '--url', 'http://127.0.0.1:1'])
    assert.deepEqual(await once(child.process, 'exit'), [1, null])
    assert.match(child.output(), /^import: no bank answers at http:\/\/127.0.0.1:1$/m)
  })

  test('123,646 real card purchases are booked or refused with a reason, and every account has the sum of the file', async (t) => {
    const file = sharedData(PURCHASES)
    if (file === undefined) return t.skip(`the data set ${PURCHASES} is not on this machine`)
    const reading = '--currency GBP --account directorate --account-default UNASSIGNED --positive debit'.split(' ')
    const startedMs = performance.now()
    const { isExplained, text } = await imported(file, ...reading, '--overdraft', 'unlimited')
    t.diagnostic(
      `${Math.round((123_646 * 1000) / (performance.now() - startedMs))} rows/s, to the printed reconciliation`,
    )
    assert.ok(isExplained, text)
    assert.equal(counted(text, 'rows in the file'), 123_646)
    const refused = counted(text, 'refused, unreadable') + counted(text, 'refused by the bank')
    assert.equal(counted(text, 'booked now') + refused, 123_646)
    assert.match(text, /trial balance GBP is zero: yes/)
    // Counted from the file by other means than ours.
    assert.deepEqual(await inTheBooks('CYP&F SCHOOLS', 'GBP'), { rows: 56_605, balance_cents: -475_788_697 })
    assert.deepEqual(await inTheBooks('UNASSIGNED', 'GBP'), { rows: 3_817, balance_cents: -68_996_847 })
    assert.match(text, /all of GBP +123,646 +-18957869.58 +-18957869.58 +-18957869.58 +0.00/)
  })
})
