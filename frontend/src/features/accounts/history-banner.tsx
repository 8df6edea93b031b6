import Alert from '@mui/material/Alert'
import type { ReactNode } from 'react'
import { formatDate } from '../../formats/dates.ts'
import { useReadSandboxClockQuery } from '../../services/bank-api.ts'

const MINUTE_MS = 60_000

/** While the sandbox's year is still being made, says how far it is and that money cannot be moved yet. */
export function HistoryBanner(): ReactNode {
  const { data } = useReadSandboxClockQuery(undefined, { pollingInterval: 5_000, skipPollingIfUnfocused: true })
  if (data === undefined || data.offset_ms > -MINUTE_MS) return null
  return (
    <Alert severity="info" sx={{ mb: 2 }}>
      The demo bank is living through its year: it is {formatDate(data.business_date)} here. Money can be moved as soon
      as it is today.
    </Alert>
  )
}
