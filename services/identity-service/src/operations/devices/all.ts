import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { answerApproval } from './answer-approval.ts'
import { changeDevice } from './change-device.ts'
import { forgetDevice } from './forget-device.ts'
import { listDevices } from './list-devices.ts'
import { listMyApprovals } from './list-my-approvals.ts'
import { registerDevice } from './register-device.ts'

/** What this folder answers. */
export const deviceOperations: readonly Implementation<Own>[] = [
  listDevices,
  changeDevice,
  forgetDevice,
  registerDevice,
  listMyApprovals,
  answerApproval,
]
