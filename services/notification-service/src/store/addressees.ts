import { resolveCustomers } from '#contracts/api/customer.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import type { Client } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { Channel } from '../domain/preferences.ts'

type User = ReplyOf<typeof resolveUsers>['items'][number]

/** A user as identity knows him now, or undefined. */
export async function userOf({ call }: Pick<Client, 'call'>, user_id: string): Promise<User | undefined> {
  const { items } = await call(resolveUsers, { body: { user_ids: [user_id], customer_ids: [] } })
  return items.find((user) => user.user_id === user_id)
}

/** Where a user is reached by a channel, asked for now and stored nowhere; undefined when he has no such address. */
export async function addressOf(
  client: Pick<Client, 'call'>,
  user: User,
  channel: Channel,
): Promise<string | undefined> {
  if (channel !== 'SMS') return user.email
  if (user.customer_id === null) return undefined
  const { items } = await client.call(resolveCustomers, { body: { customer_ids: [user.customer_id] } })
  return items[0]?.phone ?? undefined
}
