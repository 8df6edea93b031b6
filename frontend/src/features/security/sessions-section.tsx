import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { formatMoment } from '../../formats/dates.ts'
import {
  type ListSessionsApiResponse,
  useListSessionsQuery,
  useRevokeAllSessionsMutation,
  useRevokeSessionMutation,
} from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { ActDialog } from './act-dialog.tsx'
import { Row, Rows, Section } from './section.tsx'

type Session = ListSessionsApiResponse['items'][number]

/** Where somebody is signed in right now. What third parties hold has a section of its own. */
export function SessionsSection(): ReactNode {
  const { data, error, isLoading } = useListSessionsQuery()
  const [isAsking, setAsking] = useState(false)
  const all = data?.items ?? []
  const sessions = all
    .filter((session) => session.kind !== 'THIRD_PARTY')
    .sort((a, b) => Number(b.is_current) - Number(a.is_current))
  return (
    <Section
      title="Signed in now"
      about="What you end is out within a second."
      error={error}
      isLoading={isLoading}
      action={
        all.length > 1 && (
          <Button variant="outlined" onClick={() => setAsking(true)}>
            End all others
          </Button>
        )
      }
    >
      <Rows label="Sessions">
        {sessions.map((session) => (
          <SessionRow key={session.session_id} session={session} />
        ))}
      </Rows>
      {isAsking && <EndAllDialog onClose={() => setAsking(false)} />}
    </Section>
  )
}

function EndAllDialog({ onClose }: { onClose(): void }): ReactNode {
  const [endOthers, { error, isLoading }] = useRevokeAllSessionsMutation()
  return (
    <ActDialog title="End all others?" leave="Keep them" onClose={onClose}>
      <ErrorSummary refusal={error as Refusal | undefined} />
      <Typography>
        Every other browser and app is signed out. Third parties lose what you allowed them, and keys of programs end.
      </Typography>
      <Button
        variant="contained"
        size="large"
        loading={isLoading}
        sx={{ alignSelf: 'start' }}
        onClick={async () => {
          const answer = await endOthers()
          if (answer.error === undefined) onClose()
        }}
      >
        End them
      </Button>
    </ActDialog>
  )
}

const KINDS: Readonly<Record<Session['kind'], string>> = {
  BROWSER: 'Browser',
  APP: 'App',
  THIRD_PARTY: 'Third party',
  API_KEY: 'API key',
}

/** What people call it: the device by its name, a third party by its own; else what it is, told apart by the end of its id. */
function nameOf({ is_current, device_name, client_name, kind, session_id }: Session): string {
  return device_name ?? client_name ?? (is_current ? 'This browser' : `${KINDS[kind]} ${session_id.slice(-4)}`)
}

function SessionRow({ session }: { session: Session }): ReactNode {
  const [end, { isLoading, error }] = useRevokeSessionMutation()
  const { is_current, kind, created_at, last_accessed_at, session_id } = session
  const name = nameOf(session)
  const began = formatMoment(created_at)
  return (
    <Row
      title={
        <>
          {name} {is_current && name !== 'This browser' && <Chip size="small" label="This one" />}
        </>
      }
      lines={[
        `${KINDS[kind]}, since ${began}, last used ${formatMoment(last_accessed_at)}`,
        ...(error === undefined ? [] : [<ErrorSummary key="refusal" refusal={error as Refusal} />]),
      ]}
      {...(is_current
        ? {}
        : {
            actions: (
              <Button
                loading={isLoading}
                onClick={() => end({ sessionId: session_id })}
                aria-label={`End ${name}, begun ${began}`}
              >
                End
              </Button>
            ),
          })}
    />
  )
}
