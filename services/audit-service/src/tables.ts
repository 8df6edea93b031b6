/** What a row of `audit_trail` says about its act. */
export interface ActRow {
  audit_id: string
  sequence: bigint
  occurred_at: Date
  received_at: Date
  service: string
  operation: string
  user_id: string | null
  acting_service: string | null
  session_id: string | null
  client_id: string | null
  auth_method: string | null
  ip_hash: string | null
  entity_id: string | null
  outcome: string
  correlation_id: string
  traceparent: string
  /** SHA-256 of the sealed change, hexadecimal. */
  change_sha256: string | null
  prev_hash: string
  hash: string
}

/** An act with everything that its hash is taken of: times in microseconds, as exact as they are stored. */
export interface ChainedAct extends Omit<ActRow, 'occurred_at' | 'received_at' | 'prev_hash' | 'hash'> {
  occurred_at_us: bigint
  received_at_us: bigint
}

/** A link of the chain as it is stored. */
export interface LinkRow extends ChainedAct {
  prev_hash: string
  hash: string
}

/** Where the chain stands: the row of `audit_chain`, or the last link that was looked at. */
export interface Head {
  sequence: bigint
  hash: string
}
