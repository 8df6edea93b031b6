import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Operation } from '#libs/contract/operation.ts'
import { platformProblems } from '#libs/problem/problem.ts'
import { services as opened } from '#platform/catalogue.ts'
import { declaredMetrics } from '#platform/declared-metrics.ts'
import { allSettings } from '#platform/settings.ts'
import { renderClauses } from './tidy/clauses.ts'
import {
  doubledOperations,
  loadEvents,
  loadOperations,
  loadServices,
  operationFaults,
  orphanEvents,
} from './tidy/contracts.ts'
import { renderEndpoints, unanswered } from './tidy/endpoints.ts'
import { longFiles, readmeFaults, silencedTests, vagueNames } from './tidy/files.ts'
import { renderMetrics } from './tidy/metrics.ts'
import { foreignRegistries, unexplainedDependencies } from './tidy/packages.ts'
import { renderSettings } from './tidy/settings.ts'
import { moneyColumns, strayQueries } from './tidy/sql.ts'
import { foldersIn, readTree } from './tidy/tree.ts'
import { clientStamp, presentStamp } from './tidy/web-client.ts'
import {
  doubledReactions,
  foreignSources,
  missingKeys,
  missingOwners,
  unknownProblems,
  unopenedServices,
} from './tidy/wiring.ts'
import { bannedWords } from './tidy/words.ts'

const ROOT = join(import.meta.dirname, '..')
const tree = readTree(ROOT)

const none = (faults: readonly string[]) => assert.deepEqual(faults, [])
const contractFiles = (folder: string) => [...tree.keys()].filter((path) => path.startsWith(`contracts/${folder}/`))

describe('the tree is tidy', () => {
  test('no name hides what it names, and there is no barrel', () => none(vagueNames(tree)))
  test('no file has more than 300 lines of code', () => none(longFiles(tree)))
  test('no test shuts out others or is skipped without a reason', () => none(silencedTests(tree)))
  test('no file holds a banned word', () => none(bannedWords(tree)))
  test('every service and lib has a README, and what READMEs name exists', () => none(readmeFaults(tree)))
  test('money columns are whole numbers that end in _cents', () => none(moneyColumns(tree)))
  test('queries stand only in operations, reactions, jobs and store', () => none(strayQueries(tree)))
  test('every package comes from the public registry', () => {
    none(foreignRegistries(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
  })
  test('every dependency has its line in the decision records', () => {
    none(unexplainedDependencies(tree.get('package.json') ?? '', tree.get('docs/adr/0023-dependencies.md') ?? ''))
  })
  test('every decision record is in the index', () => {
    const records = [...tree.keys()].filter((path) => /^docs\/adr\/\d{4}-/.test(path))
    const index = tree.get('docs/adr/README.md') ?? ''
    assert.ok(records.length > 0)
    const missing = records.filter((path) => !index.includes(path.replace('docs/adr/', '')))
    none(missing.map((path) => `${path}: add its line to docs/adr/README.md`))
  })
})

describe('the contracts are kept', () => {
  test('every operation is implemented, tested, and says who may call it', async () => {
    const operations = await loadOperations(ROOT)
    assert.ok(operations.length > 0 || contractFiles('api').length === 0, 'contracts/api has files but no operation')
    none(doubledOperations(operations))
    none(operationFaults(operations, await loadServices(ROOT), tree))
  })

  test('every event has a producer', async () => {
    const events = await loadEvents(ROOT)
    assert.ok(events.length > 0 || contractFiles('events').length === 0, 'contracts/events has files but no event')
    none(orphanEvents(events, await loadServices(ROOT), tree))
  })

  test('what a contract names is there: problems, owners, keys and sources of events', async () => {
    const [operations, services, events] = [
      await loadOperations(ROOT),
      await loadServices(ROOT),
      await loadEvents(ROOT),
    ]
    none(unknownProblems(operations, services, Object.keys(platformProblems)))
    none(missingOwners(operations, services))
    none(missingKeys(events))
    none(foreignSources(services))
  })

  test('every service is opened, and reacts to an event once', async () => {
    none(
      unopenedServices(
        tree,
        opened.map((service) => service.name),
      ),
    )
    none(doubledReactions(await loadServices(ROOT)))
  })

  test('docs/endpoints.md says what the contracts say', async () => {
    const file = join(ROOT, 'docs/endpoints.md')
    const written = existsSync(file) ? readFileSync(file, 'utf8') : ''
    assert.equal(written, renderEndpoints(await loadOperations(ROOT)), 'run node tools/tidy/endpoints.ts --write')
  })

  test('docs/clauses.md is what the tests are named after', () => {
    const written = existsSync(join(ROOT, 'docs/clauses.md')) ? readFileSync(join(ROOT, 'docs/clauses.md'), 'utf8') : ''
    assert.equal(written, renderClauses(tree), 'run node tools/tidy/clauses.ts --write')
  })

  test('docs/running.md says what can be set', () => {
    const page = readFileSync(join(ROOT, 'docs/running.md'), 'utf8')
    assert.equal(page, renderSettings(page, allSettings()), 'run node tools/tidy/settings.ts --write')
  })

  test('docs/telemetry.md says what /metrics may say', async () => {
    const page = readFileSync(join(ROOT, 'docs/telemetry.md'), 'utf8')
    assert.equal(page, renderMetrics(page, await declaredMetrics()), 'run node tools/tidy/metrics.ts --write')
  })

  test('the web app calls the API as the contracts have it now', async () => {
    const operations = (await loadOperations(ROOT)) as unknown as Operation[]
    assert.equal(presentStamp(), clientStamp(operations))
  })

  test('the endpoints of the documents are known by name', async (context) => {
    const file = join(ROOT, '../shared/contracts/endpoints.json')
    if (!existsSync(file)) return context.skip('../shared/contracts is not beside the project')
    const { endpoints } = JSON.parse(readFileSync(file, 'utf8')) as { endpoints: Parameters<typeof unanswered>[0] }
    const rows = unanswered(endpoints, await loadOperations(ROOT), foldersIn(tree, 'services'))
    assert.ok(endpoints.length > 0)
    context.diagnostic(`${rows.length} endpoints of services that exist here are not answered yet`)
    for (const row of rows) context.diagnostic(`  ${row}`)
  })
})
