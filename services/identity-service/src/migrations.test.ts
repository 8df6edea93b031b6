import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { newId } from '#libs/ids/ids.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { openPool } from '#libs/sql/database.ts'
import { migrate, migrationsIn, rolesOf } from '#libs/sql/migrate.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'

const NAME = 'identity-service'
const NEWER = ['0004', '0005', '0006', '0007', '0008', '0009', '0010', '0011']

describe('migrations of identity', () => {
  test('a bank that is there keeps its users, second factors, sessions, browsers, devices and keys', async (t) => {
    const { owner, migrateOn } = await openBefore(t)
    const [user_id, session_id] = [newId(), newId()]
    const at = new Date('2026-11-01T08:00:00Z')
    await owner`
      insert into users (user_id, email_hash, email_encrypted, first_name_encrypted, last_name_encrypted, password_hash, roles, is_verified,
        mfa_enabled, created_by, created_at, updated_at)
      values (${user_id}, 'hash', 'sealed', 'sealed', 'sealed', 'phc', '{customer}', true, true, 'bank', ${at}, ${at})`
    await owner`
      insert into sessions (session_id, user_id, status, device_id, amr, authenticated_at, created_at, last_accessed_at, expires_at, ends_at)
      values (${session_id}, ${user_id}, 'ACTIVE', 'laptop', '{pwd,otp}', ${at}, ${at}, ${at}, ${at}, ${at})`
    await owner`insert into refresh_tokens (token_hash, session_id, issued_at, expires_at) values ('t', ${session_id}, ${at}, ${at})`
    await owner`insert into web_sessions (cookie_hash, session_id, created_at) values ('c', ${session_id}, ${at})`
    await owner`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, confirmed_at, last_used_step, created_at)
      values (${newId()}, ${user_id}, 'TOTP', 'sealed', ${at}, 7, ${at})`
    await owner`insert into recovery_codes (user_id, code_hash) values (${user_id}, 'r')`
    await owner`
      insert into login_challenges (challenge_id, user_id, created_at, expires_at) values (${newId()}, ${user_id}, ${at}, ${at})`
    await owner`
      insert into known_devices (user_id, device_hash, failures, last_used_at)
      values (${user_id}, 'd1', 3, ${at}), (${user_id}, 'd2', 0, ${at})`
    await owner`insert into address_attempts (email_hash, kind, failures, updated_at) values ('hash', 'LOGIN', 12, ${at})`
    await owner`insert into source_attempts (ip_hash, failures, window_start) values ('ip', 9, ${at})`
    await owner`insert into mails (mail_id, email_hash, lane, sent_at) values (${newId()}, 'hash', 'RESET', ${at})`
    await owner`insert into signing_keys (kid, private_jwk_encrypted, public_jwk, created_at) values ('k', 'sealed', '{}', ${at})`
    await migrateOn()
    const [kept] = await owner`
      select mfa_enabled, password_breached_at, (select count(*)::int from factors where confirmed_at is not null) as factors,
        (select count(*)::int from recovery_codes) as recovery, (select status from sessions) as session,
        (select count(*)::int from refresh_tokens) as refresh, (select previous_hash from web_sessions where cookie_hash = 'c') as before,
        (select alg from signing_keys) as alg, (select slowed_until from source_attempts) as slowed,
        (select failures from address_attempts) as failures, (select count(*)::int from known_devices) as known
      from users`
    assert.deepEqual(
      { ...kept },
      {
        ...{ mfa_enabled: true, password_breached_at: null, factors: 1, recovery: 1, session: 'ACTIVE', refresh: 1 },
        ...{ before: null, alg: 'EdDSA', slowed: null, failures: 12, known: 2 },
      },
    )
    const devices =
      await owner`select device_hash, is_trusted, cooling_off_until <= now() as is_old from devices order by 1`
    assert.deepEqual(
      devices.map((row) => Object.values(row)),
      [
        ['d1', false, true],
        ['d2', false, true],
      ],
      'a device that was known is not new, and nobody trusted it yet',
    )
    assert.equal((await owner`select 1 from challenges`).count, 0, 'a half-finished sign-in starts again')
  })
})

/** Identity's database as it was before anything but passwords and authenticators signed people in. */
async function openBefore(t: TestContext) {
  const files = await migrationsIn([...libraryMigrations, fileURLToPath(new URL('../migrations', import.meta.url))])
  const isNewer = (name: string): boolean => NEWER.some((number) => name.startsWith(`${NAME}/${number}-`))
  const before = files.filter(({ name }) => !isNewer(name))
  assert.ok(before.length < files.length)
  const stored = await createTestDatabase(NAME, before)
  const owner = openPool(stored.as('owner'), { name: 'test-owner', max: 1 })
  t.after(async () => {
    await owner.end({ timeout: 1 })
    await stored.drop()
  })
  return { owner, migrateOn: () => migrate(stored.as('owner'), rolesOf(NAME, stored.name), files) }
}
