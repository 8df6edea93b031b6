import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { PasskeyAttestation } from '#contracts/api/identity-factors.ts'
import * as api from '#contracts/api/identity-sign-in.ts'
import { shapeOf } from '#libs/contract/schema.ts'
import type { RawContext } from '#libs/http/implement.ts'
import type { RawRequest } from '#libs/http/raw-messages.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRaw, type Own } from '../../config.ts'
import { enrolledPage, enrolmentReply, invitationPage, passkeyPage } from '../../pages/enrolment-page.ts'
import type { Page } from '../../pages/layout.ts'
import { problems } from '../../problems.ts'
import { beginInvited, enrolInvited } from '../../store/staff-invitations.ts'

const attestation = shapeOf(PasskeyAttestation)
const TOKEN = /^[A-Za-z0-9_-]{43}$/
const NAME = /^[^\p{Cc}]{1,60}$/u

/** A step of an enrolment: the invitation alone leads to the page that makes the passkey, a passkey with it is enrolled. */
export const stepEnrolment = implementRaw(api.stepEnrolment, {
  async answer(request, context) {
    const fields = fieldsOf(request)
    const invitation = (fields.get('invitation') ?? '').trim()
    try {
      if (!TOKEN.test(invitation)) throw new Problem(problems.INVITATION_GONE)
      const page = await stepOf(context, fields, invitation)
      return enrolmentReply(page, request)
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== problems.INVITATION_GONE) throw error
      return enrolmentReply(invitationPage(error.kind.title), request)
    }
  },
})

async function stepOf(context: RawContext<Own>, fields: URLSearchParams, invitation: string): Promise<Page> {
  const given = fields.get('credential')
  if (given === null) return makePage(context, invitation, null)
  const credential = credentialIn(given)
  const name = (fields.get('name') ?? '').trim()
  if (credential === null || !NAME.test(name)) return makePage(context, invitation, problems.PASSKEY_WRONG.title)
  try {
    await context.act((acting) => enrolInvited(acting, invitation, { credential, name }))
    return enrolledPage()
  } catch (error) {
    const isPasskeys = error instanceof Problem && [problems.PASSKEY_WRONG, problems.PASSKEY_KNOWN].includes(error.kind)
    if (!isPasskeys) throw error
    return makePage(context, invitation, error.kind.title)
  }
}

async function makePage(context: RawContext<Own>, invitation: string, wrong: string | null): Promise<Page> {
  const options = await context.act((acting) => beginInvited(acting, invitation))
  return passkeyPage({ invitation, options, wrong })
}

/** The fields of a form that came from a page of the bank's: nobody is signed in by it, but no other page needs to send it either. */
function fieldsOf({ headers, origin, body }: RawRequest): URLSearchParams {
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '')
  if (!isForm || headers.origin !== origin) throw new Problem(problems.FORM_NOT_OURS)
  return new URLSearchParams(body)
}

function credentialIn(text: string): RegistrationResponseJSON | null {
  try {
    const value: unknown = JSON.parse(text)
    return attestation.fits(value) ? (attestation.revive(value) as RegistrationResponseJSON) : null
  } catch {
    return null
  }
}
