import type { JWK } from 'jose'
import { browserSteps, overrides } from './browser-steps.ts'
import type { SuiteClient } from './clients.ts'
import type { Plan, SuiteUser } from './plans.ts'

/** Where the bank is, as the suite reaches it. */
export interface BankPlaces {
  issuer: string
  /** The second door's origin; undefined where it is not open. */
  mtls: string | undefined
  /** The authority (PEM) that certifies clients. */
  authority: string | undefined
}

/** The configuration of a plan as the suite reads it: a new test plan's JSON, or a file of its runner. */
export function configurationOf(
  plan: Plan,
  clients: readonly [SuiteClient, SuiteClient],
  { bank, user }: { bank: BankPlaces; user: SuiteUser },
): Record<string, unknown> {
  const at = { issuer: bank.issuer, alias: plan.name, user }
  const resource = plan.binding === 'mtls' ? bank.mtls : bank.issuer
  return {
    alias: plan.name,
    description: `BankFlow: ${Object.values(plan.variant).join(', ')}`,
    publish: 'no',
    server: { discoveryUrl: `${bank.issuer}/.well-known/openid-configuration` },
    ...Object.fromEntries(clients.map((client, i) => [i === 0 ? 'client' : 'client2', clientOf(plan, client)])),
    ...Object.fromEntries(
      clients.flatMap(({ certificate }, i) =>
        certificate === undefined
          ? []
          : [[i === 0 ? 'mtls' : 'mtls2', { cert: certificate.certificate, key: certificate.key, ca: bank.authority }]],
      ),
    ),
    resource: {
      resourceUrl: `${resource}/api/v1/accounts`,
      resourceMethod: 'GET',
      ...(plan.variant.authorization_request_type === 'rar'
        ? { richAuthorizationRequest: [{ type: 'account_access', actions: ['accounts', 'balances'] }] }
        : {}),
    },
    browser: browserSteps(at),
    override: overrides(at, plan),
  }
}

function clientOf(plan: Plan, { client_id, scope, key }: SuiteClient): { client_id: string; jwks: { keys: JWK[] } } {
  const dpop = plan.binding === 'dpop' ? { dpop_signing_alg: 'ES256' } : {}
  return { client_id, ...{ scope, jwks: { keys: [key] } }, ...dpop }
}
