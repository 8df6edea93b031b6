import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Tx } from '#libs/sql/database.ts'
import type { Columns } from './rows.ts'

/** Lines of COPY for one table, gathered until they are written. */
export interface Lines<Row> {
  add(row: Row): void
  /** Hands over what was gathered and begins anew. */
  take(): Batch
}

/** What one COPY writes. */
export interface Batch {
  command: string
  text: string
}

/** Gathers rows for a table; `isFresh` where the table was made in the same transaction, so that its rows need no vacuum later. */
export function linesFor<Row>(
  table: string,
  columns: Columns<Row>,
  { isFresh }: { isFresh: boolean } = { isFresh: false },
): Lines<Row> {
  const texts = Object.values(columns)
  const command = `copy ${table} (${Object.keys(columns).join(', ')}) from stdin${isFresh ? ' (freeze)' : ''}`
  let text = ''
  return {
    add: (row) => {
      for (let i = 0; i < texts.length; i++) {
        const cell = (texts[i] as (row: Row) => string | number)(row)
        text += i === 0 ? cell : `\t${cell}`
      }
      text += '\n'
    },
    take: () => {
      const batch = { command, text }
      text = ''
      return batch
    },
  }
}

/** Writes batches one after the other; those without rows are left out. */
export async function copyAll(tx: Tx, batches: readonly Batch[]): Promise<void> {
  for (const { command, text } of batches) {
    if (text === '') continue
    const stream: Writable = await tx.unsafe(command).writable()
    const finished = once(stream, 'finish')
    stream.end(Buffer.from(text, 'latin1'))
    await finished
  }
}
