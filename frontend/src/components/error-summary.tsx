import Alert from '@mui/material/Alert'
import AlertTitle from '@mui/material/AlertTitle'
import Typography from '@mui/material/Typography'
import { type ReactNode, useEffect, useRef } from 'react'
import { waitWords } from '../formats/waits.ts'
import type { Refusal } from '../services/base-api.ts'

/** In place of the API's own words, which tell a program to repeat its key: pressing the button again does just that. */
const UNKNOWN =
  'Whether money has moved is not known yet. Press the button again to find out: what was sent already is not sent twice.'

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
      {wordsOf(refusal)}
      {refusal.retry_after_s !== undefined && <div>{waitWords(refusal.retry_after_s)}</div>}
      {refusal.fields.map(({ pointer, detail }) => (
        <div key={pointer + detail}>
          {pointer.replace(/^.*\//, '').replaceAll('_', ' ')}: {detail}
        </div>
      ))}
      {refusal.reference !== '' && (
        <Typography variant="caption" component="div" sx={{ mt: 0.5, overflowWrap: 'anywhere' }}>
          Reference {refusal.reference}
        </Typography>
      )}
    </Alert>
  )
}

/** What a refusal says beyond its title; that nothing moved is a part of it. */
function wordsOf({ outcome, title, detail }: Refusal): string {
  if (outcome === 'unknown') return UNKNOWN
  return detail.startsWith(title) ? detail.slice(title.length).replace(/^[.\s]+/, '') : detail
}
