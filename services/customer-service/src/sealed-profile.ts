import type { Sealer } from '#libs/crypto/envelope.ts'
import { decode, encode } from '#libs/json/json.ts'
import { PROFILE_FIELDS, type ProfileField } from './domain/profile.ts'
import { e164Of, normalEmail, wordsOf } from './domain/spelling.ts'
import type { Address, CustomerRow, KycAnswers, Profile } from './tables.ts'
import type { Vault } from './vault.ts'

type ProfileColumns = Pick<CustomerRow, `${ProfileField}_encrypted` | 'email_hash' | 'phone_hash'>

/** The columns of a profile: every field that is known sealed for its own place, and hashes of what is looked for. */
export function sealedProfile(vault: Vault, fields: Sealer, customer_id: string, profile: Profile): ProfileColumns {
  const sealed = (field: ProfileField, text: string | null): string | null =>
    text === null ? null : fields.seal(text, placeOf(field, customer_id))
  const phone = profile.phone === null ? null : e164Of(profile.phone)
  return {
    first_name_encrypted: sealed('first_name', profile.first_name),
    last_name_encrypted: sealed('last_name', profile.last_name),
    date_of_birth_encrypted: sealed('date_of_birth', profile.date_of_birth),
    email_encrypted: sealed('email', profile.email),
    phone_encrypted: sealed('phone', profile.phone),
    nationality_encrypted: sealed('nationality', profile.nationality),
    address_encrypted: sealed('address', profile.address === null ? null : encode(profile.address)),
    email_hash: profile.email === null ? null : vault.emailHash(normalEmail(profile.email)),
    phone_hash: phone === null ? null : vault.phoneHash(phone),
  }
}

/** Hashes of the words of a name, for `customer_search_words`. */
export function wordHashesOf(
  vault: Vault,
  { first_name, last_name }: Pick<Profile, 'first_name' | 'last_name'>,
): string[] {
  return wordsOf(`${first_name} ${last_name}`).map(vault.wordHash)
}

/** The profile of a row. SealBroken when a column was changed or moved. */
export function openedProfile(
  fields: Sealer,
  row: Pick<CustomerRow, 'customer_id' | `${ProfileField}_encrypted`>,
): Profile {
  const opened = Object.fromEntries(
    PROFILE_FIELDS.map((field) => {
      const sealed = row[`${field}_encrypted`]
      return [field, sealed === null ? null : fields.open(sealed, placeOf(field, row.customer_id))]
    }),
  ) as { [Field in 'first_name' | 'last_name']: string } & { [Field in ProfileField]: string | null }
  return { ...opened, address: opened.address === null ? null : (decode(opened.address) as Address) }
}

/** What the customer says of himself for KYC, as one sealed text. */
export function sealedAnswers(fields: Sealer, customer_id: string, answers: KycAnswers): string {
  return fields.seal(encode(answers), placeOf('kyc_answers', customer_id))
}

/** The answers of a row, or null where none were asked for yet. */
export function openedAnswers(
  fields: Sealer,
  { customer_id, kyc_answers_encrypted }: Pick<CustomerRow, 'customer_id' | 'kyc_answers_encrypted'>,
): KycAnswers | null {
  if (kyc_answers_encrypted === null) return null
  return decode(fields.open(kyc_answers_encrypted, placeOf('kyc_answers', customer_id))) as KycAnswers
}

/** Where a column's text belongs, as a part of its seal. */
export function placeOf(column: string, customer_id: string): string {
  return `customers.${column}/${customer_id}`
}

/** Where the number of a document belongs. */
export function placeOfNumber(document_id: string): string {
  return `kyc_documents.document_number/${document_id}`
}

/** Where the reason of a step belongs. */
export function placeOfReason(customer_id: string, sequence: number): string {
  return `kyc_steps.reason/${customer_id}/${sequence}`
}
