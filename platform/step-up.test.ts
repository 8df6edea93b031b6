import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirmable } from '#services/identity-service/src/step-up/confirmable.ts'
import { services } from './catalogue.ts'

test('whatever the bank may ask people to confirm, identity can show and confirm', () => {
  const contracts = services.flatMap(({ operations }) => operations.map(({ contract }) => contract))
  const asking = contracts.filter(({ stepUp, problems }) => stepUp || problems.includes('STEP_UP_REQUIRED'))
  assert.ok(asking.length > 15)
  for (const contract of asking) assert.equal(confirmable(contract.id).service, contract.service, contract.id)
})

test('no operation that is decided in batches relies on the check of single writes', () => {
  const contracts = services.flatMap(({ operations }) => operations)
  for (const { contract, beats } of contracts) if (contract.stepUp) assert.ok('run' in beats, contract.id)
})
