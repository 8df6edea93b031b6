import Alert from '@mui/material/Alert'
import AlertTitle from '@mui/material/AlertTitle'
import Typography from '@mui/material/Typography'
import { type ReactNode, useEffect, useRef } from 'react'
import type { Refusal } from '../services/base-api.ts'

const OUTCOMES = {
  nothing_moved: 'No money has moved.',
  unknown: 'We do not know yet whether money has moved. Look at your history before you try again.',
} as const

/** What the bank refused, why, what became of the money, and the reference for support. Takes the focus when it appears. */
export function ErrorSummary({ refusal }: { refusal: Refusal | undefined }): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (refusal !== undefined) box.current?.focus()
  }, [refusal])
  if (refusal === undefined) return null
  return (
    <Alert severity="error" ref={box} tabIndex={-1}>
      <AlertTitle>{refusal.title}</AlertTitle>
      {refusal.detail === refusal.title ? null : refusal.detail}
      {refusal.fields.map(({ pointer, detail }) => (
        <div key={pointer + detail}>
          {pointer.replace(/^.*\//, '').replaceAll('_', ' ')}: {detail}
        </div>
      ))}
      {refusal.outcome !== undefined && <div>{OUTCOMES[refusal.outcome]}</div>}
      {refusal.reference !== '' && (
        <Typography variant="caption" component="div" sx={{ mt: 0.5, overflowWrap: 'anywhere' }}>
          Reference {refusal.reference}
        </Typography>
      )}
    </Alert>
  )
}
