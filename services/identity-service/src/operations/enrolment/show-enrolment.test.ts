import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openPages } from '../../../testing/pages-driver.ts'
import { mailsTo } from '../../../testing/people.ts'
import { rawDoor } from '../../../testing/raw-door.ts'
import { INVITED, invite, linkIn, ORIGIN, openInviting } from '../../../testing/staff-invitations.ts'

const PAGE = `${ORIGIN}/api/v1/auth/enrol`

describe('showEnrolment', () => {
  test('says the same to everybody, invited or not, repeats nothing of the address, and uses no invitation up', async (t) => {
    const bank = await openInviting(t)
    await invite(bank)
    const [mail] = await mailsTo(bank, INVITED, 1)
    const link = linkIn(mail?.text ?? '')
    const token = link.split('#')[1] as string
    const textAt = async (url: string): Promise<string> => {
      const { status, text, cookies } = await openPages(rawDoor(bank), ORIGIN).open(url)
      assert.deepEqual([status, cookies], [200, []])
      return text.replaceAll(/nonce="[^"]*"/g, '')
    }
    const text = await textAt(PAGE)
    assert.match(text, /Your invitation/)
    assert.equal(text.includes('role="alert"'), false)
    for (const url of [link, `${PAGE}?invitation=${token}`, `${PAGE}?invitation=%22%3E%3Cscript%3E`])
      assert.equal(await textAt(url), text, url)
    const [row] = await bank.owner`select used_at, challenge from staff_invitations`
    assert.deepEqual({ ...row }, { used_at: null, challenge: null })
  })

  test('is kept by nobody, framed by nobody, and runs its own script alone', async (t) => {
    const { headers } = await openPages(rawDoor(await openInviting(t)), ORIGIN).open(PAGE)
    assert.equal(headers['cache-control'], 'no-store')
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "script-src 'nonce-"])
      assert.ok(headers['content-security-policy']?.includes(part), part)
  })
})
