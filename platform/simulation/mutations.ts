import { registerHooks } from 'node:module'

/** A bug that is planted into the bank's own code while it is loaded, to see whether the simulator finds it. */
export interface Mutation {
  /** What the bank then does wrong. */
  readonly wrong: string
  /** A seed that shows it soon. */
  readonly seed: string
  /** The piece that shows it; the ledger alone unless told. */
  readonly piece?: 'bank' | 'streams'
  readonly edits: readonly { readonly file: string; readonly find: RegExp; readonly put: string }[]
}

const LEDGER = 'services/ledger-service/src'
const OUTBOX = 'libs/outbox'
const NO_LOCK = { find: /for no key update/g, put: '' }

/** Mistakes that are easily made, by name. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'unlocked-accounts': {
    wrong: 'accounts and holds are read without being locked, so that two writers overwrite each other',
    seed: '4',
    edits: [
      { file: `${LEDGER}/store/accounts.ts`, ...NO_LOCK },
      { file: `${LEDGER}/store/holds.ts`, ...NO_LOCK },
    ],
  },
  'answer-before-commit': {
    wrong: 'a transaction is confirmed before it is committed',
    seed: '1',
    edits: [
      {
        file: 'libs/sql/database.ts',
        find: /return await insideTransaction\.run\(true, \(\) => (beginGuarded\(.*), begun\)\)/,
        put: `return await new Promise((resolve, reject) => {
          const early = (tx) => begun(tx).then((value) => { resolve(value); return value })
          insideTransaction.run(true, () => $1, early)).catch(reject)
        })`,
      },
    ],
  },
  'forgotten-keys': {
    wrong: 'a key that was used counts as free, so that a repeated request is carried out again',
    seed: '2',
    edits: [
      {
        file: `${LEDGER}/store/steps.ts`,
        find: /return new Set\(rows\.map\(\(row\) => textOf\(.*\)\)\)/,
        put: 'return new Set(sorted.map(textOf))',
      },
    ],
  },
  'spent-holds': {
    wrong: 'what is held is counted as available',
    seed: '3',
    edits: [
      {
        file: `${LEDGER}/domain/account.ts`,
        find: /ledger_balance_cents - held_cents \+/,
        put: 'ledger_balance_cents +',
      },
    ],
  },
  'twice-released': {
    wrong: 'a hold that has ended is given back once more',
    seed: '4',
    edits: [
      {
        file: `${LEDGER}/domain/core.ts`,
        find: /if \(hold\.status !== 'ACTIVE'\) return \{ kind: 'released'.*\n/,
        put: '',
      },
      { file: `${LEDGER}/domain/holds.ts`, find: /hold\.status === 'ACTIVE' \?/, put: 'true ?' },
    ],
  },
  'expired-captured': {
    wrong: 'a hold is captured when its time is over',
    seed: '5',
    edits: [{ file: `${LEDGER}/domain/holds.ts`, find: /hold\.expires_at <= [\w.]+/, put: 'false' }],
  },
  'unlocked-sequencer': {
    wrong: 'two instances give events their positions at once',
    seed: '5',
    edits: [
      {
        file: 'libs/outbox/sequencer.ts',
        find: /\{ app \}: Pick<Database, 'app'>/,
        put: 'database: Database',
      },
      {
        file: 'libs/outbox/sequencer.ts',
        find: /await app<[^`]*`[^`]*sequence_outbox[^`]*`/,
        put: `await database.transact(async (tx) => {
          const [{ epoch, position }] = await tx\`select epoch, position from outbox_state\`
          const waiting = await tx\`select id, events from outbox where position is null order by number\`
          let last = position
          for (const { id, events } of waiting) {
            last += BigInt(events)
            await tx\`update outbox set epoch = \${epoch}, position = \${last} where id = \${id}\`
          }
          await tx\`update outbox_state set position = \${last}\`
          return [{ count: waiting.length, before: position }]
        })`,
      },
    ],
  },
  'twice-approved': {
    wrong: 'what two persons wished is booked by each instance that carries it out',
    seed: '4',
    edits: [
      {
        file: `${LEDGER}/jobs/carry-out-proposals.ts`,
        find: /step: stepOf\(kind\) \}/,
        put: "step: stepOf(kind) + (kind === 'ADJUSTMENT' ? '' : String.fromCharCode(97 + Math.floor(Math.random() * 26))) }",
      },
    ],
  },
  'changing-step': {
    wrong: 'a booking that is asked for again is asked for under another key',
    seed: '4',
    piece: 'bank',
    edits: [
      {
        file: 'services/transaction-service/src/reactions/on-transaction-processing.ts',
        find: /step: 'post',/,
        put: "step: 'post_' + String.fromCharCode(97 + Math.floor(Math.random() * 26)),",
      },
    ],
  },
  'unasked-inbox': {
    wrong: 'what a broker sends twice is handled twice',
    seed: '1',
    piece: 'streams',
    edits: [
      { file: `${OUTBOX}/inbox.ts`, find: / && !handled\.has\(event\.id\)/, put: '' },
      { file: `${OUTBOX}/inbox.ts`, find: / \|\| row\.taken < rows\.length/, put: '' },
    ],
  },
  'hasty-relay': {
    wrong: 'a relay notes that it sent what the broker may never have got',
    seed: '3',
    piece: 'streams',
    edits: [
      {
        file: `${OUTBOX}/relay.ts`,
        find: /(for \(const part of .*\n)\s+(await this\.#store\(.*\n)/,
        put: '$2 $1',
      },
    ],
  },
  'scattered-keys': {
    wrong: 'the events of a key are spread over partitions',
    seed: '1',
    piece: 'streams',
    edits: [{ file: `${OUTBOX}/cloud-event.ts`, find: /key: partitionkey/, put: 'key: head.id' }],
  },
  'early-offsets': {
    wrong: 'a broker is told that events are done before they are',
    seed: '1',
    piece: 'streams',
    edits: [
      {
        file: `${OUTBOX}/stream-subscription.ts`,
        find: /await this\.#handle\(records, this\.#standing\)/,
        put: 'await this.#commit(records); await this.#handle(records, this.#standing)',
      },
    ],
  },
}

/** Plants a bug into what is loaded from now on. Throws at once when the code it was meant for is no longer there. */
export function plant({ edits }: Mutation): void {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      const found = edits.filter(({ file }) => url.endsWith(`/${file}`))
      if (found.length === 0) return loaded
      const source = found.reduce((text, { file, find, put }) => {
        if (text.search(find) === -1) throw new Error(`${file} has no ${find} any more: aim the mutation anew`)
        return text.replace(find, put)
      }, String(loaded.source))
      return { ...loaded, source }
    },
  })
}
