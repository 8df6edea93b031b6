import type { getUserinfo } from '#contracts/api/identity-oauth.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { ReadContext } from '#libs/http/implement.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { problems } from '../problems.ts'
import { readUser, userReply } from '../store/users.ts'

/** The claims of OpenID Connect Core §5.1 that the caller's scopes open: always who, the name with `profile`. */
export async function readUserinfo({
  sql,
  own,
  caller,
}: Pick<ReadContext<Own>, 'sql' | 'own' | 'caller'>): Promise<ReplyOf<typeof getUserinfo>> {
  const user = await readUser(sql, caller.sub)
  if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
  const isNamed = caller.grant === null || caller.grant.scopes.includes('profile')
  if (!isNamed) return { sub: user.user_id }
  const { first_name, last_name } = userReply(own.vault, user)
  return { sub: user.user_id, name: `${first_name} ${last_name}`, given_name: first_name, family_name: last_name }
}
