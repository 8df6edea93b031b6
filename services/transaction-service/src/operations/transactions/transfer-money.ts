import * as api from '#contracts/api/transaction.ts'
import { proofFor } from '#libs/http/step-up.ts'
import { Problem } from '#libs/problem/problem.ts'
import { resolveKnown } from '../../account-directory.ts'
import { askedFor } from '../../asked-transfers.ts'
import { birthOf } from '../../births.ts'
import { implementBatched } from '../../config.ts'
import { newTransfer } from '../../domain/beginnings.ts'
import { limitsOf } from '../../domain/spending-limits.ts'
import { isSettled } from '../../domain/states.ts'
import { ofInitiator } from '../../seen-by.ts'
import { beginTransactions } from '../../store/beginnings.ts'
import { decideSca } from '../../store/sca-decision.ts'
import { refuseBeyondLimits, rememberLimited } from '../../store/spending.ts'
import { presentTransactions } from '../../store/transactions.ts'

/** Moves money from an account to another: writes down the wish; the saga then reserves, checks, books or gives up. */
export const transferMoney = implementBatched(api.transferMoney, {
  /** Two questions for the whole batch: who is who, and may it move; and what of it its payers confirmed before. */
  ask: async (members, { call, own, clock }) => {
    const bodies = members.map(({ input }) => input.body)
    const known = await resolveKnown(
      { call },
      bodies.flatMap((body) => [body.source_account_id, body.destination_account_id ?? []].flat()),
      bodies.flatMap((body) => body.destination_account_number ?? []),
    )
    return askedFor(members, known, own, clock.wall.now())
  },

  async decideMany(members, { tx, clock }) {
    const at = clock.wall.now()
    const value_date = clock.bank.businessDate()
    const payments = members.map(({ id, input: { body }, caller, asked: { source } }) => {
      const { amount_cents, currency } = body
      return { transaction_id: id, amount_cents, currency, limits: limitsOf(caller, source) }
    })
    const beyond = await refuseBeyondLimits(tx, payments, value_date)
    // What is beyond a limit is not confirmed either: its proof and its consent stay good.
    const within = members.filter((_, i) => beyond[i] === undefined)
    const wishes = within.map(({ id, input, caller, asked: { payment, policy, consent_id } }) => {
      const proof = proofFor(api.transferMoney, input, caller, at)
      return { transaction_id: id, payment: { ...payment, isProved: proof !== null }, policy, proof, consent_id }
    })
    const decided = await decideSca(tx, wishes, at)
    const drafts = within.flatMap(({ id, input: { body }, caller, trace, asked: { source, destination } }, i) => {
      const sca = decided[i]
      if (sca === undefined || sca instanceof Problem) return []
      const transfer = {
        source_account_id: source.account_id,
        destination_account_id: destination.account_id,
        amount_cents: body.amount_cents,
        currency: body.currency,
        description: body.description ?? '',
        external_reference: body.external_reference ?? null,
        value_date,
        branch_id: source.branch_id,
        ...sca,
      }
      return newTransfer(birthOf({ id, caller, trace, at }), transfer)
    })
    const rows = new Map(
      (await beginTransactions(tx, drafts, { business_date: value_date })).map((row) => [row.transaction_id, row]),
    )
    await rememberLimited(
      tx,
      payments.filter(({ transaction_id }) => rows.has(transaction_id)),
      value_date,
    )
    const unconfirmed = new Map(within.map(({ id }, i) => [id, decided[i]]))
    return members.map(({ id }, i) => {
      const row = rows.get(id)
      return row === undefined
        ? { problem: beyond[i] ?? (unconfirmed.get(id) as Problem) }
        : { reply: ofInitiator.transaction(row) }
    })
  },

  present: (ids, { sql }) => presentTransactions(sql, ids, ofInitiator),
  isFinal: ({ status }) => isSettled(status),
  awaitEnd: (id, wait_ms, { pending }) => pending.awaitEnd(id, wait_ms),
})
