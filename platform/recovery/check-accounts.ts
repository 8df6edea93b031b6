import { textArray } from '#libs/sql/text-array.ts'
import { AT_ONCE, FIRST } from './pages.ts'
import type { SqlOf } from './reconcile-types.ts'

/** Services that keep a copy of who may do what with an account. */
const COPIES = ['transaction-service', 'notification-service']

interface Owner {
  account_id: string
  customer_id: string
  capabilities: string[]
}

/** Makes the copies of who owns what say what account-service says, which decides; the accounts of which something was wrong. */
export async function mendOwners(sqlOf: SqlOf): Promise<string[]> {
  const mended: string[] = []
  for (const copy of COPIES) {
    for (let last = FIRST; ; ) {
      const owners = await ownersIn(sqlOf, 'account-service', last, undefined)
      const upTo = owners.length < AT_ONCE ? undefined : owners.at(-1)?.account_id
      const copied = await ownersIn(sqlOf, copy, last, upTo)
      mended.push(...(await mend(sqlOf, copy, owners, copied)))
      if (upTo === undefined) break
      last = upTo
    }
  }
  return mended
}

/** Some owners after an account, all of each account: those of about so many rows, or up to an account. */
async function ownersIn(sqlOf: SqlOf, service: string, after: string, upTo: string | undefined): Promise<Owner[]> {
  const sql = sqlOf(service)
  const [end] =
    upTo === undefined && service === 'account-service'
      ? await sql<{ id: string | null }[]>`select (array_agg(account_id order by account_id))[${AT_ONCE}] as id from (
          select account_id from account_owners where account_id > ${after} order by account_id limit ${AT_ONCE}) next`
      : [{ id: upTo ?? null }]
  const rows = await sql<Owner[]>`
    select account_id, customer_id, capabilities from account_owners
    where account_id > ${after} and (${end?.id ?? null}::uuid is null or account_id <= ${end?.id ?? null}::uuid)
    order by account_id, customer_id`
  return [...rows]
}

async function mend(sqlOf: SqlOf, copy: string, owners: Owner[], copied: Owner[]): Promise<string[]> {
  const keyOf = (owner: Owner): string => `${owner.account_id}/${owner.customer_id}`
  const textOf = (owner: Owner | undefined): string | undefined => owner?.capabilities.toSorted().join()
  const [right, known] = [owners, copied].map((list) => new Map(list.map((owner) => [keyOf(owner), owner])))
  const wanted = owners.filter((owner) => textOf(known?.get(keyOf(owner))) !== textOf(owner))
  const extra = copied.filter((owner) => !right?.has(keyOf(owner)))
  const sql = sqlOf(copy)
  for (const { account_id, customer_id, capabilities } of wanted)
    await sql`
      insert into account_owners (account_id, customer_id, capabilities)
      values (${account_id}, ${customer_id}, ${textArray(capabilities)}::text[])
      on conflict (account_id, customer_id) do update set capabilities = excluded.capabilities`
  for (const { account_id, customer_id } of extra)
    await sql`delete from account_owners where account_id = ${account_id} and customer_id = ${customer_id}`
  return [...wanted, ...extra].map((owner) => `${owner.account_id} in ${copy}`)
}
