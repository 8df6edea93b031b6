import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  IsoDate,
  NullableId,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PositiveCents,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { LedgerTransaction, STAFF } from './ledger.ts'

const operation = operationsOf('ledger-service')

/** A SHA-256 hash, lower-case hexadecimal. */
const Hash = Type.Unsafe<string>({ type: 'string', pattern: '^[0-9a-f]{64}$' })
const Size = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** A signed note (C2SP tlog-checkpoint) and what it says. */
const Checkpoint = Type.Object({
  /** Entries in the tree. */
  tree_size: Size,
  root_hash: Hash,
  seal_no: Type.Integer(),
  seal_hash: Hash,
  sealed_at: Timestamp,
  business_date: IsoDate,
  signed_at: Timestamp,
  note: Type.String(),
})

/** A leaf of the tree: its canonical JSON (RFC 8785) is what is hashed. */
const EntryLeaf = Type.Object({
  amount_cents: PositiveCents,
  balance_cents: Cents,
  booked_at: Timestamp,
  business_date: IsoDate,
  currency: CurrencyCode,
  entry_id: Id,
  ledger_account_id: Id,
  ledger_transaction_id: Id,
  sequence: Type.Integer(),
  side: OneOf(['DEBIT', 'CREDIT'] as const),
  transaction_hash: Hash,
  value_date: IsoDate,
  version: Type.Literal(1),
})

/** What `transaction_hash` is taken of. */
const SealedTransaction = Type.Object({
  business_event: Type.String(),
  correlation_id: Type.String(),
  description: Type.String(),
  hold_id: NullableId,
  ledger_transaction_id: Id,
  metadata: Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()]),
  postings: Type.Array(
    Type.Object({
      amount_cents: PositiveCents,
      credit_account_id: Id,
      currency: CurrencyCode,
      debit_account_id: Id,
    }),
  ),
  reference: Type.String(),
  reversal_of: NullableId,
  source: Type.String(),
  step: Type.String(),
  transaction_id: Id,
  user_id: NullableText(200),
  /** 2 where it exchanged currencies or adjusts a closed period: then these two belong to it, of which one may be null. */
  version: Type.Union([Type.Literal(1), Type.Literal(2)]),
  adjustment_id: Type.Optional(NullableId),
  exchange: LedgerTransaction.properties.exchange,
})

export const listCheckpoints = operation({
  id: 'listCheckpoints',
  method: 'GET',
  path: '/ledger/checkpoints',
  summary:
    'Signed checkpoints of the ledger, newest first: one at the end of each day, each hour that something was booked, and on demand',
  access: { roles: STAFF },
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(Checkpoint),
  problems: ['CURSOR_WRONG'],
})

export const getLatestCheckpoint = operation({
  id: 'getLatestCheckpoint',
  method: 'GET',
  path: '/ledger/checkpoints/latest',
  summary: 'The newest checkpoint as its text: keep it, and nobody can rewrite what came before',
  access: { signedIn: true },
  reply: Type.Object({}),
  files: ['text/plain'],
  problems: ['NOTHING_SEALED'],
})

/** Checkpoints in a file at most. */
export const MOST_CHECKPOINTS = 1_000

export const exportCheckpoints = operation({
  id: 'exportCheckpoints',
  method: 'GET',
  path: '/ledger/checkpoints/series',
  summary:
    'Checkpoints by growing size, one JSON object a line, each with the proof that the tree before it is its beginning; 1,000 at most',
  description:
    '`x-next-size` names the size to go on after; it is absent on the last part. A part begins with the checkpoint of that size once more, so that ' +
    'parts one after the other are one series to `bankflow-verify`.',
  access: { roles: STAFF },
  query: Type.Object({
    after_size: Type.Optional(Size),
    // A part of one would end where it begins.
    limit: Type.Optional(Type.Integer({ minimum: 2, maximum: MOST_CHECKPOINTS })),
  }),
  reply: Type.Object({}),
  files: ['application/x-ndjson'],
})

export const listCheckpointKeys = operation({
  id: 'listCheckpointKeys',
  method: 'GET',
  path: '/ledger/checkpoints/keys',
  summary: 'The keys that checkpoints were and are signed with, as verifiers take them (C2SP signed-note)',
  access: { signedIn: true },
  reply: Type.Object({
    origin: Type.String(),
    items: Type.Array(
      Type.Object({
        verifier_key: Type.String(),
        key_hash: Type.String(),
        /** When it first signed; null: it has not yet. */
        since: NullableTimestamp,
        is_current: Type.Boolean(),
      }),
    ),
  }),
})

export const signCheckpoint = operation({
  id: 'signCheckpoint',
  method: 'POST',
  path: '/ledger/checkpoints',
  summary: 'Signs the newest seal now; the same answer until something more was sealed',
  access: { roles: STAFF },
  status: 201,
  reply: Checkpoint,
  problems: ['NOTHING_SEALED'],
})

export const getEntryReceipt = operation({
  id: 'getEntryReceipt',
  method: 'GET',
  path: '/ledger/proofs/entries/:entry_id',
  summary:
    'A receipt that an entry stands in the ledger: checked offline, by a signed checkpoint and the key of the ledger alone',
  description:
    'Customers get their own entry without the transaction behind it, which names others; its hash stands in the entry.',
  access: { roles: STAFF, owner: 'entry_id', services: ['account-service'] },
  params: Type.Object({ entry_id: Id }),
  reply: Type.Object({
    format: Type.Literal('bankflow-receipt/1'),
    entry: EntryLeaf,
    transaction: Type.Union([SealedTransaction, Type.Null()]),
    leaf_index: Size,
    inclusion_proof: Type.Array(Hash),
    checkpoint: Type.String(),
  }),
  problems: ['ENTRY_NOT_FOUND', 'NOT_SEALED_YET'],
})

export const getConsistencyProof = operation({
  id: 'getConsistencyProof',
  method: 'GET',
  path: '/ledger/proofs/consistency',
  summary: 'Proof that the tree of one size is the beginning of the tree of another (RFC 6962 §2.1.2)',
  access: { signedIn: true },
  query: Type.Object({ from: Size, to: Size }),
  reply: Type.Object({ from: Size, to: Size, from_root: Hash, to_root: Hash, consistency_proof: Type.Array(Hash) }),
  problems: ['SIZE_UNKNOWN'],
})

export const getProvenStatement = operation({
  id: 'getProvenStatement',
  method: 'GET',
  path: '/ledger/proofs/accounts/:ledger_account_id/statement',
  summary: 'What was booked on an account on some business days, with the proof of each entry; 1,000 entries at most',
  access: { roles: STAFF, owner: 'ledger_account_id', services: ['account-service'] },
  params: Type.Object({ ledger_account_id: Id }),
  query: Type.Object({ from: IsoDate, to: IsoDate }),
  reply: Type.Object({
    format: Type.Literal('bankflow-statement/1'),
    ledger_account_id: Id,
    currency: CurrencyCode,
    from: IsoDate,
    to: IsoDate,
    opening_balance_cents: Cents,
    closing_balance_cents: Cents,
    /** Of the last entry before; 0 where there is none. */
    opening_sequence: Type.Integer(),
    entries: Type.Array(
      Type.Object({
        entry: EntryLeaf,
        /** 1 where it raises the balance, -1 where it lowers it. */
        normal_sign: Type.Union([Type.Literal(1), Type.Literal(-1)]),
        leaf_index: Size,
        inclusion_proof: Type.Array(Hash),
      }),
    ),
    checkpoint: Type.String(),
  }),
  problems: ['LEDGER_ACCOUNT_NOT_FOUND', 'NOT_SEALED_YET', 'NOTHING_SEALED', 'STATEMENT_TOO_LONG'],
})

const Verification = Type.Object({
  verification_id: Id,
  /** BROKEN at the first link that does not fit. */
  status: OneOf(['RUNNING', 'INTACT', 'BROKEN'] as const),
  from_seal: Type.Integer(),
  to_seal: Type.Integer(),
  /** Looked at so far. */
  seals: Type.Integer(),
  transactions: Type.Integer(),
  entries: Type.Integer(),
  broken: Type.Union([
    Type.Object({
      seal_no: Type.Union([Type.Integer(), Type.Null()]),
      /** Like `seal 17: root_hash` or `entry …: balance_cents`. */
      what: Type.String(),
      expected: Type.String(),
      found: Type.String(),
    }),
    Type.Null(),
  ]),
  started_at: Timestamp,
  completed_at: NullableTimestamp,
})

export const startVerification = operation({
  id: 'startVerification',
  method: 'POST',
  path: '/ledger/verification',
  summary:
    'Reads journal and entries again and computes chain and tree anew, seal by seal; one at a time, in the background',
  description:
    'Of everything unless `from_seal` or `to_seal` are given; a range is checked against the seal before it. Only when everything is looked at, it is ' +
    'also compared that journal and entries hold nothing besides.',
  access: { roles: STAFF },
  body: Type.Object({
    from_seal: Type.Optional(Type.Integer({ minimum: 1 })),
    to_seal: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  status: 201,
  location: '/ledger/verification',
  reply: Verification,
  problems: ['NOTHING_SEALED', 'VERIFICATION_RUNNING'],
})

export const getVerification = operation({
  id: 'getVerification',
  method: 'GET',
  path: '/ledger/verification/:verification_id',
  summary: 'How far a verification is, and the first broken link where it found one',
  access: { roles: STAFF },
  params: Type.Object({ verification_id: Id }),
  reply: Verification,
  problems: ['VERIFICATION_NOT_FOUND'],
})

export const exportProof = operation({
  id: 'exportProof',
  method: 'GET',
  path: '/ledger/export/proof',
  summary: 'Seals with all their transactions and entries as a file that is verified offline (bankflow-export/1)',
  description:
    'All of them unless `from_seal` or `to_seal` are given. Up to a million accounts; what has more is exported in parts.',
  access: { roles: ['auditor', 'compliance'] },
  query: Type.Object({
    from_seal: Type.Optional(Type.Integer({ minimum: 1 })),
    to_seal: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  reply: Type.Object({}),
  files: ['application/x-ndjson'],
  audit: true,
  problems: ['NOTHING_SEALED', 'EXPORT_TOO_LARGE'],
})
