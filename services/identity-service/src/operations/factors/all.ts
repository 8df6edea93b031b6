import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { challengeFactor } from './challenge-factor.ts'
import { confirmPhone } from './confirm-phone.ts'
import { confirmTotp } from './confirm-totp.ts'
import { enrolEmail } from './enrol-email.ts'
import { enrolPhone } from './enrol-phone.ts'
import { enrolTotp } from './enrol-totp.ts'
import { listFactors } from './list-factors.ts'
import { offerFactorProof } from './offer-factor-proof.ts'
import { openFactorProof } from './open-factor-proof.ts'
import { removeFactor } from './remove-factor.ts'
import { replaceRecoveryCodes } from './replace-recovery-codes.ts'
import { verifyFactor } from './verify-factor.ts'

/** What this folder answers. */
export const factorOperations: readonly Implementation<Own>[] = [
  enrolTotp,
  confirmTotp,
  enrolPhone,
  confirmPhone,
  enrolEmail,
  listFactors,
  removeFactor,
  replaceRecoveryCodes,
  openFactorProof,
  offerFactorProof,
  challengeFactor,
  verifyFactor,
]
