import type { Static } from 'typebox'
import type { LedgerTransaction, postTransaction } from '#contracts/api/ledger.ts'
import { postInBulk as contract } from '#contracts/api/ledger-transactions.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import type { MemberFate } from '#libs/http/implement.ts'
import { implementBulk } from '../../config.ts'
import { shownProblem } from '../../store/shown-problem.ts'

type Item = ReplyOf<typeof contract>['items'][number]
type PostBody = InputOf<typeof postTransaction>['body']

/** Books many transactions in one call: the core, the keys and the batches are those of `postTransaction`. */
export const postInBulk = implementBulk(contract, {
  membersOf: ({ mode, transactions }) => ({ mode, bodies: transactions }),
  modeOf: ({ mode = 'each' }) => mode,

  itemOf(body, fate): Item {
    const { transaction_id = null, step = null } = (body ?? {}) as Partial<PostBody>
    return { transaction_id, step, ...resultOf(fate) }
  },

  replyOf(mode, items) {
    const all = items as readonly Item[]
    const count = (status: Item['status']): number => all.filter((item) => item.status === status).length
    const first = all.findIndex((item) => item.status === 'REFUSED')
    return {
      mode,
      booked: count('BOOKED'),
      replayed: count('REPLAYED'),
      refused: count('REFUSED'),
      first_refused: first === -1 ? null : first,
      items: [...all],
    }
  },
})

function resultOf(fate: MemberFate): Pick<Item, 'status' | 'ledger_transaction_id' | 'problem'> {
  switch (fate.status) {
    case 'done': {
      const { ledger_transaction_id } = fate.reply as Static<typeof LedgerTransaction>
      return { status: fate.is_replayed ? 'REPLAYED' : 'BOOKED', ledger_transaction_id }
    }
    case 'refused':
      return { status: 'REFUSED', problem: shownProblem(fate.problem) }
    case 'undone':
      return { status: 'NOT_BOOKED' }
    case 'unknown':
      return { status: 'UNKNOWN', problem: shownProblem(fate.problem) }
  }
}
