import type { Channel } from './domain/preferences.ts'
import type { Category, Language } from './domain/templates.ts'

export type DeliveryStatus = 'PENDING' | 'SENT' | 'FAILED' | 'SUPPRESSED'

export interface NotificationRow {
  notification_id: string
  user_id: string
  position: bigint
  template_id: string
  category: Category
  content_encrypted: string
  subject_type: string
  subject_id: string | null
  read_at: Date | null
  created_at: Date
  correlation_id: string
}

export interface DeliveryRow {
  delivery_id: string
  notification_id: string
  user_id: string
  template_id: string
  channel: Channel
  status: DeliveryStatus
  reason: string | null
  created_at: Date
  sent_at: Date | null
}

export interface TemplateRow {
  template_id: string
  language: Language
  category: Category
  title: string
  body: string
  variables: string[]
  version: number
  updated_by: string
  updated_at: Date
}

export interface MailboxRow {
  mail_id: string
  channel: Channel
  content_encrypted: string
  sent_at: Date
}
