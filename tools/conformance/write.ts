import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { issueClientCertificate } from '#platform/mtls-authority.ts'
import { demoPassword } from '#platform/sandbox.ts'
import { CONFORMANCE_CODE } from '#platform/settings.ts'
import { CONFORMANCE_USER } from '#services/identity-service/src/domain/conformance.ts'
import { type Registering, registerClient, signInStaff } from './clients.ts'
import { type BankPlaces, configurationOf } from './configuration.ts'
import { argumentOf, needsCertificates, PLANS } from './plans.ts'

export interface WriteOptions {
  /** Where this machine reaches the bank. */
  bank: string
  suite: string
  /** The folder of the authority of the bank's second door; undefined where this machine does not have it. */
  authority: string | undefined
  out: string
  say(line: string): void
}

const USER = { email: CONFORMANCE_USER, password: demoPassword, code: CONFORMANCE_CODE }

/**
 * Registers two clients for each plan and writes its configuration, and all of them for the suite's runner. Plans that need certificates are
 * left out, and said to be, where the bank has no second door or its authority is not here. Error when the bank refuses.
 */
export async function writeConfigurations(options: WriteOptions): Promise<readonly string[]> {
  const { bank, suite, authority, out, say } = options
  const places = await placesOf(bank, authority)
  const { authority: certified } = places
  const hasCertificates = places.mtls !== undefined && authority !== undefined
  const issue = hasCertificates ? (subject: string) => issueClientCertificate(authority, { subject }) : undefined
  const by: Registering = { bank, suite, staff: await signInStaff(bank, demoPassword), issueCertificate: issue }
  mkdirSync(out, { recursive: true, mode: 0o700 })
  const lines: string[] = []
  for (const plan of PLANS) {
    if (needsCertificates(plan) && (issue === undefined || certified === undefined)) {
      say(
        `left out: ${plan.name} (${places.mtls === undefined ? 'BANKFLOW_MTLS_PORT is not set' : '--authority has no authority'})`,
      )
      continue
    }
    const clients = [await registerClient(plan, 1, by), await registerClient(plan, 2, by)] as const
    const file = join(out, `${plan.name}.json`)
    const text = JSON.stringify(configurationOf(plan, clients, { bank: places, user: USER }), null, 2)
    writeFileSync(file, `${text}\n`, { mode: 0o600 })
    lines.push(`'${argumentOf(plan)}' ${file}`)
    say(`${file}   clients ${clients.map(({ client_id }) => client_id).join(' and ')}`)
  }
  const list = join(out, 'plans.txt')
  writeFileSync(list, `${lines.join('\n')}\n`, { mode: 0o600 })
  say(`${list}   the arguments of the suite's scripts/run-test-plan.py, a plan a line`)
  return lines
}

/** What the bank says of itself. Error when it is not in the profile for the suite: its issuer is then nothing that a suite could reach. */
async function placesOf(bank: string, authority: string | undefined): Promise<BankPlaces> {
  const response = await fetch(`${bank}/.well-known/openid-configuration`)
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: is this a bank, and does it run?`)
  const { issuer, mtls_endpoint_aliases } = (await response.json()) as {
    issuer: string
    mtls_endpoint_aliases?: { token_endpoint: string }
  }
  if (!issuer.startsWith('https://'))
    throw new Error(`the bank at ${bank} calls itself ${issuer}: start it with BANKFLOW_PROFILE=conformance`)
  const mtls = mtls_endpoint_aliases === undefined ? undefined : new URL(mtls_endpoint_aliases.token_endpoint).origin
  const pem = authority === undefined ? undefined : readFileSync(join(authority, 'ca.pem'), 'utf8')
  return { issuer, mtls, authority: pem }
}
