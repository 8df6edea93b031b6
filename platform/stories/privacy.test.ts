import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { upkeepOf } from '#contracts/api/upkeep.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'
import { KEYS, liveThrough, PERSONAL, RememberingApi, WORDS } from '../testing/planted-life.ts'
import { type StoredRow, storedRows } from '../testing/stored-rows.ts'

/** Where free words about money and accounts may stand in the clear: in the record of that money or account, and nowhere on the way. */
const WORDS_STAND_IN: Readonly<Record<string, string>> = {
  'account-service accounts.frozen_reason': 'why the account is frozen, for the colleague who unfreezes it',
  'account-service accounts.nickname': 'what its owner calls it',
  'admin-service approvals.request_reason': 'why a colleague asks, for the one who decides',
  'admin-service system_setting_history.reason': 'why a value was changed: about the bank, and not about a person',
  'ledger-service journal_transactions.description': 'what statements print beside an entry',
  'ledger-service ledger_proposals.content': 'what is to be printed beside an entry',
  'ledger-service ledger_proposals.decision_reason': 'why a second person let it go on or stopped it',
  'ledger-service ledger_proposals.documents': 'which papers prove it',
  'ledger-service ledger_proposals.reason': 'why it is asked for',
  'transaction-service transaction_audit.reason': 'why somebody decided as he did',
  'transaction-service transaction_search.search_text': 'the words that a customer finds his transactions by',
  'transaction-service transactions.decision_reason': 'the same reason, with the transaction that it is about',
  'transaction-service transactions.description': 'what the payer wrote to the payee',
  'transaction-service transactions.external_reference': 'what the payer wrote to the payee',
}

/** Where references and metadata of bookings stand: in the journal, in what asks for one, in the event of it, and in the history of the account. */
const KEYS_STAND_IN = [
  'ledger-service journal_transactions.metadata',
  'ledger-service journal_transactions.reference',
  'ledger-service ledger_proposals.content',
  'ledger-service outbox.bundle',
  'transaction-service transactions.external_reference',
]

describe('privacy: what was planted', () => {
  let bank: TestBank
  let api: RememberingApi
  let secrets: string[]
  let rows: StoredRow[]
  let metrics: string
  const lines: string[] = []

  before(async () => {
    bank = await openBank({ log: { write: (line) => lines.push(line) } })
    api = new RememberingApi(bank.url)
    secrets = await liveThrough(bank, api)
    await shipped()
    rows = await storedRows(bank)
    metrics = (await api.get('/metrics')).body
  })
  after(() => bank.close())

  /** Nothing is on its way any more: no act to the trail, no event to a reaction. */
  async function shipped(): Promise<void> {
    for (const name of bank.bank.runtimes.keys())
      await eventually(async () => {
        const { client } = bank.bank.openingOf('admin-service')
        const { items, unaudited } = await client.call(upkeepOf(name).listDeadLetters, {})
        return items.length === 0 && unaudited === 0
      })
  }

  test('stands in no line of the log, words and secrets included', () => {
    assert.ok(lines.length > 100)
    assert.deepEqual(foundIn(lines, everything()), [])
  })

  test('stands in no metric', () => {
    assert.match(metrics, /bankflow_http_request_duration_seconds/)
    assert.deepEqual(foundIn([metrics], everything()), [])
  })

  test('stands in no event, act of the trail, parked event, job or kept answer', () => {
    const passing = rows.filter(({ table }) => PASSING.test(table))
    for (const table of ['outbox', 'audit_trail', 'idempotency_keys', 'jobs.job'])
      assert.ok(
        passing.some((row) => row.table === table),
        `${table} has rows: ${[...new Set(rows.map((row) => row.table))]}`,
      )
    assert.deepEqual(placesOf(passing, everything()), [])
  })

  test('stands in the databases encrypted only; words stand where their money or account is', () => {
    assert.deepEqual(placesOf(rows, [...Object.values(PERSONAL), ...secrets]), [])
    assert.deepEqual(placesOf(rows, Object.values(WORDS)).toSorted(), Object.keys(WORDS_STAND_IN).toSorted())
  })

  test('of what bookings are found by goes no further than the event of the booking and the history of its account', () => {
    assert.deepEqual(placesOf(rows, Object.values(KEYS)).toSorted(), KEYS_STAND_IN)
    assert.deepEqual(foundIn([...lines, metrics], Object.values(KEYS)), [])
  })

  test('is sealed wherever a column says that it is', () => {
    const sealed = rows.flatMap(({ service, table, columns }) =>
      Object.entries(columns).flatMap(([column, text]) =>
        column.endsWith('_encrypted') ? [{ place: `${service} ${table}.${column}`, text }] : [],
      ),
    )
    assert.ok(new Set(sealed.map(({ place }) => place)).size > 10)
    assert.deepEqual([...new Set(sealed.flatMap(({ place, text }) => (SEALED.test(text) ? [] : [place])))], [])
  })

  test('comes back in no refusal but to who said it just now, and a secret not even to him', () => {
    const refusals = api.exchanges.filter(({ reply }) => reply.status >= 400)
    assert.ok(refusals.length > 15)
    for (const { sent, reply } of refusals) {
      const text = JSON.stringify(reply.body)
      const unsaid = everything().filter((word) => !holds(sent, word))
      assert.deepEqual(foundIn([text], [...unsaid, ...secrets]), [], sent)
    }
  })

  function everything(): string[] {
    return [...Object.values(PERSONAL), ...Object.values(WORDS), ...secrets]
  }
})

const PASSING = /^(outbox|audit_\w+|dead_letters|idempotency_keys|jobs\.\w+)$/
/** What libs/crypto seals; and a refresh token's successor, under a key that only the token gives. */
const SEALED = /^v1\.[\w-]+\.[\w-]{16}\.[\w-]+$|^[\w-]{90,}$/

function holds(text: string, word: string): boolean {
  return text.toLowerCase().includes(word.toLowerCase())
}

/** Each word with what stands around it. */
function foundIn(texts: readonly string[], words: readonly string[]): string[] {
  return texts.flatMap((text) =>
    words.flatMap((word) => {
      const at = text.toLowerCase().indexOf(word.toLowerCase())
      return at < 0 ? [] : [`${word}: ${text.slice(Math.max(0, at - 150), at + 150)}`]
    }),
  )
}

/** The columns in which one of the words stands, each once. */
function placesOf(among: readonly StoredRow[], words: readonly string[]): string[] {
  const places = among.flatMap(({ service, table, columns }) =>
    Object.entries(columns).flatMap(([column, text]) =>
      words.some((word) => holds(text, word)) ? [`${service} ${table}.${column}`] : [],
    ),
  )
  return [...new Set(places)]
}
