import { previewTransaction as contract } from '#contracts/api/ledger-transactions.ts'
import { implementRead } from '../../config.ts'
import { apply } from '../../domain/core.ts'
import { bookingTimeSeen } from '../../store/bank-clock.ts'
import { accountsOf, holdsOf } from '../../store/book-transactions.ts'
import { namedCommands } from '../../store/posting-commands.ts'
import { booksSeen } from '../../store/preview-books.ts'
import { transactionPreview } from '../../store/preview-replies.ts'

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
    return transactionPreview(apply(books, commands, bookingTimeSeen(own, clock)))
  },
})

const NONE: ReadonlySet<string> = new Set()
