import { type TUnsafe, Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'

const operation = operationsOf('identity-service')

const Uid: TUnsafe<string> = Type.Unsafe<string>({ type: 'string', pattern: '^[A-Za-z0-9_-]{16,64}$' })
/** A page of HTML, or a redirect. */
const PageText = Type.String()

export const showInteraction = operation({
  id: 'showInteraction',
  method: 'GET',
  path: '/auth/interaction/:uid',
  summary: 'The page on which a customer signs in and decides what a third party may do',
  description:
    'HTML for the browser that began the authorization request, which its cookies prove; 410 for any other, and when the request is over.',
  access: { anyone: true },
  params: Type.Object({ uid: Uid }),
  reply: PageText,
  raw: true,
  problems: ['INTERACTION_GONE'],
})

export const stepInteraction = operation({
  id: 'stepInteraction',
  method: 'POST',
  path: '/auth/interaction/:uid',
  summary: 'A step on that page: to sign in, to choose accounts, to confirm with a factor, or to deny',
  description:
    'A form of the page itself: `Origin` must be the bank’s, and its token that of the browser and the request. Answers the page again, or a redirect.',
  access: { anyone: true },
  params: Type.Object({ uid: Uid }),
  reply: PageText,
  raw: true,
  problems: ['INTERACTION_GONE', 'FORM_NOT_OURS', 'CUSTOMERS_ONLY'],
})
