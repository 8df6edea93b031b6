import Button from '@mui/material/Button'
import Container from '@mui/material/Container'
import Paper from '@mui/material/Paper'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { useSearchParams } from 'react-router'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import { usePageTitle } from '../../components/page-title.ts'
import { formatMoment } from '../../formats/dates.ts'
import { useReadMailboxQuery } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'

/** The sandbox's mail: what the bank sent to an address or a telephone number. */
export function MailboxPage(): ReactNode {
  usePageTitle('Mailbox')
  const [params, setParams] = useSearchParams()
  const to = params.get('to') ?? ''
  const [typed, setTyped] = useState(to)
  const { data, error } = useReadMailboxQuery({ to }, { skip: to === '', pollingInterval: 2_000 })
  return (
    <Container component="main" maxWidth="md" sx={{ py: 4 }}>
      <Stack spacing={2}>
        <Typography variant="h1" tabIndex={-1}>
          The sandbox's mailbox
        </Typography>
        <Stack
          component="form"
          direction="row"
          spacing={1}
          sx={{ alignItems: 'end' }}
          onSubmit={(event) => {
            event.preventDefault()
            setParams(typed.trim() === '' ? {} : { to: typed.trim() })
          }}
        >
          <Field
            id="to"
            label="E-mail address or telephone number"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Button type="submit" variant="contained">
            Look
          </Button>
        </Stack>
        <ErrorSummary refusal={error as Refusal | undefined} />
        {to !== '' && data?.items.length === 0 && <EmptyState title={`Nothing was sent to ${to}`} />}
        {data?.items.map((mail) => (
          <Paper key={mail.mail_id} component="article" sx={{ p: 2 }}>
            <Typography variant="caption" color="textSecondary">
              {mail.channel} · {formatMoment(mail.sent_at)}
            </Typography>
            <Typography variant="h2">{mail.subject}</Typography>
            <Typography sx={{ whiteSpace: 'pre-line', mt: 1, overflowWrap: 'anywhere' }}>{mail.text}</Typography>
          </Paper>
        ))}
      </Stack>
    </Container>
  )
}
