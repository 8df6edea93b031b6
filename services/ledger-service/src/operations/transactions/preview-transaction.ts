import { previewTransaction as contract } from '#contracts/api/ledger-transactions.ts'
import { implementRead } from '../../config.ts'
import { apply, type Posting } from '../../domain/core.ts'
import { roomOf } from '../../store/accounts.ts'
import { bookingTimeSeen } from '../../store/bank-clock.ts'
import { accountsOf, holdsOf } from '../../store/book-transactions.ts'
import { namedCommands } from '../../store/posting-commands.ts'
import { booksSeen } from '../../store/preview-books.ts'
import { shownProblem } from '../../store/shown-problem.ts'

/** What booking a transaction now would come to: the core decides as it would, of what is read without a lock. */
export const previewTransaction = implementRead(contract, {
  async read({ body }, { sql, own, clock, caller }) {
    const wish = {
      service: caller.service,
      body: { ...body, transaction_id: '', step: '' },
      hold_id: body.hold_id ?? null,
      releases_rest: body.releases_rest ?? true,
    }
    const { commands, named } = await namedCommands(sql, [wish], NONE)
    const wanted = { account_ids: [...accountsOf(commands)], hold_ids: holdsOf(commands), named: named.values() }
    const books = await booksSeen(sql, wanted)
    const { outcomes, accounts } = apply(books, commands, bookingTimeSeen(own, clock))
    const [outcome] = outcomes
    if (outcome?.kind !== 'booked')
      return {
        is_accepted: false,
        problem: outcome?.kind === 'refused' ? shownProblem(outcome.problem) : null,
        entries: [],
        accounts: [],
      }
    return {
      is_accepted: true,
      problem: null,
      entries: outcome.entries.map(({ ledger_account_id, side, signed_cents, balance_cents }, i) => {
        const { currency } = outcome.postings[i >> 1] as Posting
        return { ledger_account_id, side, signed_cents, balance_cents, currency }
      }),
      accounts: [...accounts.values()].map((account) => ({
        ledger_account_id: account.ledger_account_id,
        currency: account.currency,
        ledger_balance_cents: account.ledger_balance_cents,
        held_cents: account.held_cents,
        available_balance_cents: roomOf(account),
      })),
    }
  },
})

const NONE: ReadonlySet<string> = new Set()
