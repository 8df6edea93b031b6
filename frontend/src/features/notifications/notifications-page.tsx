import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import List from '@mui/material/List'
import ListItem from '@mui/material/ListItem'
import Paper from '@mui/material/Paper'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { usePageTitle } from '../../components/page-title.ts'
import { formatMoment } from '../../formats/dates.ts'
import {
  type ListNotificationsApiResponse,
  useListNotificationsQuery,
  useMarkAllNotificationsReadMutation,
  useMarkNotificationReadMutation,
} from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'

/** What the bank has told: newest first, unread ones marked by a word and a dot. */
export function NotificationsPage(): ReactNode {
  usePageTitle('Notices')
  const { data, error } = useListNotificationsQuery({ limit: 100 })
  const [markAll, { isLoading }] = useMarkAllNotificationsReadMutation()
  return (
    <Stack spacing={2}>
      <Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
        <Typography variant="h1" tabIndex={-1}>
          Notices
        </Typography>
        {(data?.unread_count ?? 0) > 0 && (
          <Button onClick={() => markAll()} loading={isLoading}>
            Mark all as read
          </Button>
        )}
      </Stack>
      <ErrorSummary refusal={error as Refusal | undefined} />
      {data !== undefined && data.items.length === 0 && <EmptyState title="Nothing to tell yet" />}
      {data !== undefined && data.items.length > 0 && (
        <Paper>
          <List disablePadding>
            {data.items.map((item) => (
              <Notice key={item.notification_id} notice={item} />
            ))}
          </List>
        </Paper>
      )}
    </Stack>
  )
}

function Notice({ notice }: { notice: ListNotificationsApiResponse['items'][number] }): ReactNode {
  const [mark] = useMarkNotificationReadMutation()
  return (
    <ListItem divider sx={{ display: 'block', px: 2, py: 1.5 }}>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'baseline' }}>
        {!notice.is_read && (
          <Box
            component="span"
            role="img"
            aria-label="Unread"
            sx={{ width: 8, height: 8, borderRadius: 4, bgcolor: 'primary.main', flexShrink: 0 }}
          />
        )}
        <Typography sx={{ fontWeight: notice.is_read ? 400 : 500, flexGrow: 1 }}>{notice.title}</Typography>
        {!notice.is_read && (
          <Button size="small" onClick={() => mark({ notificationId: notice.notification_id })}>
            Read
          </Button>
        )}
      </Stack>
      <Typography variant="body2" sx={{ whiteSpace: 'pre-line' }}>
        {notice.body}
      </Typography>
      <Typography variant="caption" color="textSecondary">
        {formatMoment(notice.created_at)}
      </Typography>
    </ListItem>
  )
}
