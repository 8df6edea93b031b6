import type { Operation } from '#libs/contract/operation.ts'
import type { ClaimedKey, KeyStore, StoredKey, WriteKey } from '#libs/http/idempotency.ts'
import { textOf } from '#libs/http/idempotency.ts'
import type { Id } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { brokenConstraint } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { arrayLiteral } from './array-literal.ts'
import { BUSINESS_DAY } from './bank-clock.ts'

/** All of the ledger's commands share one space of keys: a step of a saga is one command, whatever its kind. */
const OPERATION = 'step'
const NEVER_EQUAL = Buffer.alloc(0)

interface StepRow {
  source: string
  transaction_id: string
  step: string
  fingerprint: Buffer
  kind: string
  resource_id: Id
  refusal: { problem: { status: number } } | null
}

/** A key taken apart again; its text is `transaction_id/step`, with `/resource_id` where the command names what it is about. */
interface Step {
  source: string
  transaction_id: string
  step: string
  resource_id: string | null
}

/**
 * Keys of saga steps: `(source, transaction_id, step)`, kept for ever. A claimed row needs no second write when its command succeeds; a
 * refusal is recorded in it. `resourceOf` says what a command is about where it makes nothing new.
 */
export function stepKeys<Op extends Operation>(
  contract: Op,
  resourceOf?: (input: { params: unknown }) => Id,
): KeyStore<Op> {
  return {
    keyOf: (input, caller) => {
      const { transaction_id, step } = input.body as { transaction_id: Id; step: string }
      const about = resourceOf === undefined ? '' : `/${resourceOf(input)}`
      return {
        caller: caller.service ?? '',
        operation: OPERATION,
        key: `${transaction_id}/${step}${about}`,
      }
    },
    find: async (sql, keys) => {
      const { sources, ids, steps } = columnsOf(keys)
      const rows = await sql<StepRow[]>`
        select found.source, found.transaction_id, found.step, found.fingerprint, found.kind, found.resource_id, found.refusal
        from unnest(${arrayLiteral(sources)}::text[], ${arrayLiteral(ids)}::uuid[], ${textArray(steps)}::text[])
          as wanted (source, transaction_id, step)
        cross join lateral (
          select * from ledger_steps s
          where s.source = wanted.source and s.transaction_id = wanted.transaction_id and s.step = wanted.step offset 0) found`
      if (rows.length === 0) return []
      const byStep = new Map(rows.map((row) => [nameOf(row), row]))
      return keys.flatMap((key) => {
        const row = byStep.get(nameOf(partsOf(key)))
        return row === undefined ? [] : [storedKey(contract, key, row)]
      })
    },
    // The first statement of every batch, so it takes the share in the business day as well: what is read after it stands to the commit.
    claim: async (tx, keys) => {
      // Twins of one step with other contents are claimed once; the others then meet the first one's fingerprint.
      const byStep = new Map(keys.toReversed().map((key) => [nameOf(partsOf(key)), key]))
      const sorted = [...byStep.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
      const { sources, ids, steps, resources } = columnsOf(sorted)
      const rows = await tx<Pick<StepRow, 'source' | 'transaction_id' | 'step'>[]>`
        with business_day as materialized (select pg_advisory_xact_lock_shared(hashtextextended(${BUSINESS_DAY}, 0)))
        insert into ledger_steps (source, transaction_id, step, fingerprint, kind, resource_id)
        select source, transaction_id, step, decode(fingerprint, 'hex'), ${contract.id}, resource_id
        from unnest(${arrayLiteral(sources)}::text[], ${arrayLiteral(ids)}::uuid[], ${textArray(steps)}::text[],
          ${arrayLiteral(sorted.map((key) => key.fingerprint.toString('hex')))}::text[], ${arrayLiteral(resources)}::uuid[])
          as claimed (source, transaction_id, step, fingerprint, resource_id), business_day
        on conflict do nothing
        returning source, transaction_id, step`
      if (rows.length === sorted.length) return new Set(sorted.map(textOf))
      return new Set(rows.map((row) => textOf(byStep.get(nameOf(row)) as ClaimedKey)))
    },
    claimAll: async (tx, keys) => {
      const sorted = keys.toSorted((a, b) => (a.key < b.key ? -1 : 1))
      const { sources, ids, steps, resources } = columnsOf(sorted)
      const fingerprints = arrayLiteral(sorted.map((key) => `"\\\\x${key.fingerprint.toString('hex')}"`))
      try {
        await tx`
          with business_day as materialized (select pg_advisory_xact_lock_shared(hashtextextended(${BUSINESS_DAY}, 0)))
          insert into ledger_steps (source, transaction_id, step, fingerprint, kind, resource_id)
          select source, transaction_id, step, fingerprint, ${contract.id}, resource_id
          from unnest(${arrayLiteral(sources)}::text[], ${arrayLiteral(ids)}::uuid[], ${textArray(steps)}::text[], ${fingerprints}::bytea[],
            ${arrayLiteral(resources)}::uuid[]) as claimed (source, transaction_id, step, fingerprint, resource_id), business_day`
        return true
      } catch (error) {
        if (brokenConstraint(error) === 'ledger_steps_pkey') return false
        throw error
      }
    },
    settle: async (tx, outcomes) => {
      if (outcomes.length === 0) return
      const { sources, ids, steps } = columnsOf(outcomes.map((outcome) => outcome.key))
      await tx`
        update ledger_steps s set refusal = o.refusal::json
        from unnest(${arrayLiteral(sources)}::text[], ${arrayLiteral(ids)}::uuid[], ${textArray(steps)}::text[],
          ${textArray(outcomes.map((outcome) => encode(outcome.body)))}::text[]) as o (source, transaction_id, step, refusal)
        where s.source = o.source and s.transaction_id = o.transaction_id and s.step = o.step`
    },
  }
}

function storedKey(contract: Operation, key: WriteKey, row: StepRow): StoredKey {
  return {
    ...key,
    // The same step asked as another kind of command is another request.
    fingerprint: row.kind === contract.id ? row.fingerprint : NEVER_EQUAL,
    status: row.refusal?.problem.status ?? contract.status,
    resource_id: row.resource_id,
    body: row.refusal,
  }
}

function partsOf({ caller, key }: WriteKey): Step {
  const end = key.indexOf('/', 37)
  return {
    source: caller,
    transaction_id: key.slice(0, 36),
    step: end === -1 ? key.slice(37) : key.slice(37, end),
    resource_id: end === -1 ? null : key.slice(end + 1),
  }
}

function nameOf({ source, transaction_id, step }: Pick<StepRow, 'source' | 'transaction_id' | 'step'>): string {
  return `${source}/${transaction_id}/${step}`
}

function columnsOf(keys: readonly (WriteKey & { resource_id?: Id | null })[]) {
  const sources: string[] = []
  const ids: string[] = []
  const steps: string[] = []
  const resources: string[] = []
  for (const key of keys) {
    const { source, transaction_id, step, resource_id } = partsOf(key)
    sources.push(source)
    ids.push(transaction_id)
    steps.push(step)
    resources.push(resource_id ?? key.resource_id ?? '')
  }
  return { sources, ids, steps, resources }
}
