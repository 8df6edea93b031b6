import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { exportAudit as contract } from '#contracts/api/audit.ts'
import { type FileReply, isFileReply } from '#libs/contract/file-reply.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { anAct, auditor, deliver, openTrail, someActs } from '../../testing/trail.ts'
import { breakOf, GENESIS } from '../chain.ts'
import type { LinkRow } from '../tables.ts'
import { MOST_ACTS } from './export-audit.ts'

async function exported(bank: ServiceTest, query: InputOf<typeof contract>['query'] = {}) {
  const { reply } = await bank.call(contract, { query }, auditor)
  assert.ok(isFileReply(reply))
  const { bytes, ...file } = reply as FileReply
  return { ...file, text: Buffer.from(bytes).toString() }
}

function linesOf(text: string): Record<string, string>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** A line of an export as the chain takes it: all that a verifier needs. */
function linkOf(line: Record<string, string>): LinkRow {
  const us = (time: string | undefined): bigint => BigInt(new Date(time as string).getTime()) * 1000n
  const times = { occurred_at_us: us(line.occurred_at), received_at_us: us(line.received_at) }
  return { ...(line as unknown as LinkRow), ...times, sequence: BigInt(line.sequence as string) }
}

describe('exportAudit', () => {
  test('writes one JSON object a line, oldest first, of which the chain can be computed; changes stay', async (t) => {
    const bank = await openTrail(t)
    const acts = [...someActs(3), anAct({ change_encrypted: 'v1.sealed' })]
    await deliver(bank, acts)
    const file = await exported(bank)
    assert.deepEqual([file.content_type, file.headers], ['application/x-ndjson', {}])
    assert.match(file.filename, /^audit-\d{4}-\d\d-\d\d\.ndjson$/)
    const lines = linesOf(file.text)
    assert.deepEqual(
      lines.map((line) => line.audit_id),
      acts.map((act) => act.audit_id),
    )
    let last = GENESIS
    for (const link of lines.map(linkOf)) {
      assert.equal(breakOf(last, link), null)
      last = link
    }
    assert.match(String(lines[3]?.change_sha256), /^[0-9a-f]{64}$/)
    assert.doesNotMatch(file.text, /v1\.sealed/)
  })

  test('writes CSV that no spreadsheet computes, with a line of names', async (t) => {
    const bank = await openTrail(t)
    const correlation_id = '=HYPERLINK("http://example.org","x")'
    await deliver(bank, [anAct({ correlation_id, user_id: null, client_id: 'a,b' })])
    const { content_type, filename, text } = await exported(bank, { format: 'csv' })
    assert.match(content_type, /^text\/csv/)
    assert.match(filename, /\.csv$/)
    const [row, ...more] = parse(text, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[]
    assert.deepEqual([row?.correlation_id, row?.user_id, row?.client_id], [`'${correlation_id}`, '', 'a,b'])
    assert.deepEqual(more, [])
  })

  test('takes the filters of the search, and an empty part is an empty file', async (t) => {
    const bank = await openTrail(t)
    const wanted = anAct({ operation: 'freezeAccount' })
    await deliver(bank, [...someActs(2), wanted])
    const found = linesOf((await exported(bank, { operation: 'freezeAccount' })).text)
    assert.deepEqual(
      found.map((line) => line.audit_id),
      [wanted.audit_id],
    )
    assert.equal((await exported(bank, { operation: 'none' })).text, '')
  })

  test('ends after 50,000 acts and says where to go on, until the last part', async (t) => {
    const bank = await openTrail(t)
    await bank.owner`
      insert into audit_trail
      select overlay(overlay(uuid_floor(now())::text placing '7' from 15) placing lpad(to_hex(n), 12, '0') from 25)::uuid, n, now(), now(), 's',
        'o', null, null, null, null, null, null, 'done', 'c', 't', null, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
      from generate_series(1, ${MOST_ACTS + 2}::int) n`
    const first = await exported(bank)
    const cursor = first.headers?.['x-next-cursor'] as string
    const rest = await exported(bank, { cursor })
    const [lines, more] = [linesOf(first.text), linesOf(rest.text)]
    assert.deepEqual([lines.length, more.length, rest.headers], [MOST_ACTS, 2, {}])
    assert.equal(lines.at(-1)?.audit_id, cursor)
    assert.deepEqual(
      more.map((line) => line.sequence),
      [MOST_ACTS + 1, MOST_ACTS + 2],
    )
  })

  test('refuses a cursor of its own making, and admins; each export is an act', async (t) => {
    const bank = await openTrail(t)
    const refused = (query: object, caller: typeof auditor, code: string) =>
      assert.rejects(
        bank.call(contract, { query }, caller),
        (error) => error instanceof Problem && error.kind.code === code,
      )
    await refused({ cursor: 'x' }, auditor, 'CURSOR_WRONG')
    await refused({}, aStaffMember('admin'), 'FORBIDDEN')
    await exported(bank)
    const rows = await bank.sql<{ outcome: string }[]>`select outcome from audit_outbox order by audit_id`
    assert.deepEqual(
      rows.map((row) => row.outcome),
      ['DENIED_403', 'read'],
    )
  })
})
