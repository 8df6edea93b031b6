import { reconciliationFailed } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import { encode } from '#libs/json/json.ts'
import { EMPTY_TREE } from '#libs/merkle/tree.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { JobContext } from '#libs/service/service.ts'
import type { Tx } from '#libs/sql/database.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job, type Own } from '../config.ts'
import { NO_SEAL_HASH } from '../proofs/texts.ts'
import { allowLongStatements } from '../store/daily-books.ts'
import { NO_ACCOUNT } from '../store/reconciliations.ts'
import { firstBeside } from '../store/seals/beside-seals.ts'
import type { Finding } from '../store/seals/findings.ts'
import { readTreeSource } from '../store/seals/head.ts'
import { readSeal } from '../store/seals/sealed-page.ts'
import { treeAt } from '../store/seals/tree-at.ts'
import { findVerification, type VerificationRow } from '../store/seals/verifications.ts'
import { type VerifiedHead, verifyNext } from '../store/seals/verify-seal.ts'

/** A slice ends after this long; its progress is committed, so a killed verification goes on. */
const SLICE_MS = 500

/** Does the verification that somebody ordered, slice by slice, beside everything else. */
export const verifyJournal = job('verify-journal', {
  everyMs: 250,
  async run(context) {
    const [ordered] = await context.database.app`select 1 from ledger_verifications where status = 'RUNNING'`
    if (ordered !== undefined) await withTrace(newTrace(), () => context.database.transact((tx) => slice(tx, context)))
  },
})

async function slice(tx: Tx, { clock, log }: JobContext<Own>): Promise<void> {
  const run = await findVerification(tx)
  if (run === undefined || run.next_seal === null) return
  const until = performance.now() + SLICE_MS
  let { seals, transactions, entries } = run
  let next_seal: number | null = run.next_seal
  let head = await headBefore(tx, run.next_seal)
  let finding: Finding | null = null
  while (next_seal !== null && finding === null && performance.now() < until) {
    const verdict = await verifyNext(tx, head)
    finding = verdict.finding
    if (verdict.finding !== null) break
    head = verdict.head
    seals += 1
    transactions += verdict.transactions
    entries += verdict.entries
    next_seal = head.seal_no < run.to_seal ? head.seal_no + 1 : null
  }
  if (next_seal === null && finding === null && run.from_seal === 1) {
    await allowLongStatements(tx)
    finding = await firstBeside(tx, run.to_seal)
  }
  const completed_at = clock.bank.now()
  await writeProgress(tx, { ...run, next_seal, seals, transactions, entries, completed_at }, finding)
  if (finding !== null)
    log.error({ verification_id: run.verification_id, ...finding.broken }, 'the ledger is not what was sealed')
}

/** Where the verification goes on: everything before was looked at, or is taken as it was sealed where a range was ordered. */
async function headBefore(tx: Tx, seal_no: number): Promise<VerifiedHead> {
  const last = await readSeal(tx, seal_no - 1)
  if (last === undefined) return { seal_no: seal_no - 1, hash: NO_SEAL_HASH, tree: EMPTY_TREE }
  const tree = await treeAt(await readTreeSource(tx), last.first_leaf + last.leaf_count)
  return { seal_no: last.seal_no, hash: last.hash.toString('hex'), tree }
}

async function writeProgress(tx: Tx, run: VerificationRow, finding: Finding | null): Promise<void> {
  const isOver = finding !== null || run.next_seal === null
  const status = finding === null ? (isOver ? 'INTACT' : 'RUNNING') : 'BROKEN'
  await tx`
    update ledger_verifications set status = ${status}, next_seal = ${isOver ? null : run.next_seal}, seals = ${run.seals},
      transactions = ${run.transactions}, entries = ${run.entries}, broken = ${finding === null ? null : encode(finding.broken)}::text::jsonb,
      completed_at = ${isOver ? run.completed_at : null}
    where verification_id = ${run.verification_id}`
  if (finding === null) return
  const { account_id, cached_cents, computed_cents } = finding
  const data = { run_id: run.verification_id, account_id: account_id ?? NO_ACCOUNT, cached_cents, computed_cents }
  await publish(tx, occurred(reconciliationFailed, data))
}
