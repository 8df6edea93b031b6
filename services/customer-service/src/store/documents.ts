import type { Static } from 'typebox'
import type { addKycDocument } from '#contracts/api/customer.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { documentNumberOf } from '../domain/spelling.ts'
import { problems } from '../problems.ts'
import { placeOfNumber } from '../sealed-profile.ts'
import type { DocumentRow } from '../tables.ts'
import type { Vault } from '../vault.ts'

/** A document as it is handed in. */
export type SentDocument = Static<typeof addKycDocument.body>
type ToldDocument = Static<typeof addKycDocument.reply>

/** A document on its way into the table, and the hash by which its number is compared. */
interface NewDocument {
  row: DocumentRow
  number_hash: string | null
}

/** The rows of documents that a customer hands in: numbers are sealed with his key. */
export function newDocuments(
  sent: readonly SentDocument[],
  { vault, fields, ...by }: { vault: Vault; fields: Sealer; customer_id: string; added_by: string; added_at: Date },
): NewDocument[] {
  return sent.map(({ document_number, ...document }) => {
    const document_id = document.document_id.toLowerCase()
    const issuing_country = document.issuing_country ?? null
    const { document_type } = document
    const row: DocumentRow = {
      ...by,
      document_id,
      document_type,
      document_status: 'PENDING',
      document_number_encrypted:
        document_number === undefined ? null : fields.seal(document_number, placeOfNumber(document_id)),
      issuing_country,
      expires_on: document.expires_on ?? null,
    }
    if (document_number === undefined) return { row, number_hash: null }
    const number = documentNumberOf({ document_type, issuing_country, number: document_number })
    return { row, number_hash: vault.documentHash(number) }
  })
}

/** The documents of a customer, in the order in which they came. */
export function documentsOf(sql: Queryable, customer_id: string): Promise<DocumentRow[]> {
  return sql<DocumentRow[]>`
    select * from kyc_documents where customer_id = ${customer_id} order by added_at, document_id`
}

/**
 * Keeps documents of a customer, who is locked; one of his own that is handed in again waits again. DOCUMENT_EXISTS where a document or its
 * number is another customer's: it never says whose.
 */
export async function storeDocuments(tx: Tx, customer_id: string, documents: readonly NewDocument[]): Promise<void> {
  for (const { row } of documents) {
    const kept = await tx`
      insert into kyc_documents ${tx({ ...row })}
      on conflict (document_id) do update set document_type = excluded.document_type, document_status = 'PENDING',
        document_number_encrypted = coalesce(excluded.document_number_encrypted, kyc_documents.document_number_encrypted),
        issuing_country = coalesce(excluded.issuing_country, kyc_documents.issuing_country),
        expires_on = coalesce(excluded.expires_on, kyc_documents.expires_on),
        added_by = excluded.added_by, added_at = excluded.added_at
      where kyc_documents.customer_id = ${customer_id}`
    if (kept.count === 0) throw new Problem(problems.DOCUMENT_EXISTS)
  }
  await claimNumbers(
    tx,
    customer_id,
    documents.flatMap(({ number_hash }) => number_hash ?? []),
  )
}

/** Numbers in one order, so that two customers with the same papers wait for each other in a line and not in a circle. */
async function claimNumbers(tx: Tx, customer_id: string, number_hashes: readonly string[]): Promise<void> {
  if (number_hashes.length === 0) return
  const hashes = textArray([...new Set(number_hashes)].toSorted())
  await tx`
    insert into document_numbers (number_hash, customer_id)
    select number_hash, ${customer_id} from unnest(${hashes}::text[]) as one (number_hash) on conflict do nothing`
  const others = await tx`
    select 1 from document_numbers where number_hash = any(${hashes}::text[]) and customer_id <> ${customer_id}`
  if (others.length > 0) throw new Problem(problems.DOCUMENT_EXISTS)
}

/** A document as the contract tells it: by reference, without its number. */
export function documentOf(row: DocumentRow): ToldDocument {
  const { document_id, document_type, document_status, issuing_country, expires_on, added_at } = row
  return { document_id, document_type, document_status, issuing_country, expires_on, added_at: added_at.toISOString() }
}
