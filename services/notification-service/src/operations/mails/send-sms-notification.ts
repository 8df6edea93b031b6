import * as api from '#contracts/api/notification.ts'
import { implement } from '../../config.ts'
import { sendBy } from '../../sending.ts'

/** Sends a user a notification by SMS, whatever he prefers; it stands in his list as well. */
export const sendSmsNotification = implement(api.sendSmsNotification, sendBy('SMS'))
