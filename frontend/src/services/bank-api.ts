// Made by `npx node tools/tidy/web-client.ts --write` from the contracts; a test compares. OpenAPI 874a957301090c4f
import { baseApi as api } from "./base-api";
export const addTagTypes = [
  "account",
  "transaction",
  "identity",
  "notification",
  "ledger",
] as const;
const injectedRtkApi = api
  .enhanceEndpoints({
    addTagTypes,
  })
  .injectEndpoints({
    endpoints: (build) => ({
      listAccounts: build.query<ListAccountsApiResponse, ListAccountsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/accounts`,
          params: {
            limit: queryArg.limit,
            cursor: queryArg.cursor,
            customer_id: queryArg.customerId,
            status: queryArg.status,
          },
        }),
        providesTags: ["account"],
      }),
      lookupPayee: build.query<LookupPayeeApiResponse, LookupPayeeApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/accounts/lookup`,
          params: {
            account_number: queryArg.accountNumber,
          },
        }),
        providesTags: ["account"],
      }),
      getAccount: build.query<GetAccountApiResponse, GetAccountApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/accounts/${encodeURIComponent(String(queryArg.accountId))}`,
        }),
        providesTags: ["account"],
      }),
      getAccountBalance: build.query<
        GetAccountBalanceApiResponse,
        GetAccountBalanceApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/accounts/${encodeURIComponent(String(queryArg.accountId))}/balance`,
        }),
        providesTags: ["account"],
      }),
      getAccountInterest: build.query<
        GetAccountInterestApiResponse,
        GetAccountInterestApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/accounts/${encodeURIComponent(String(queryArg.accountId))}/interest`,
        }),
        providesTags: ["account"],
      }),
      listStatements: build.query<
        ListStatementsApiResponse,
        ListStatementsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/accounts/${encodeURIComponent(String(queryArg.accountId))}/statements`,
          params: {
            limit: queryArg.limit,
            cursor: queryArg.cursor,
          },
        }),
        providesTags: ["account"],
      }),
      listAccountTransactions: build.query<
        ListAccountTransactionsApiResponse,
        ListAccountTransactionsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/accounts/${encodeURIComponent(String(queryArg.accountId))}/transactions`,
          params: {
            limit: queryArg.limit,
            cursor: queryArg.cursor,
            status: queryArg.status,
          },
        }),
        providesTags: ["transaction"],
      }),
      getWebSession: build.query<GetWebSessionApiResponse, GetWebSessionApiArg>(
        {
          query: () => ({ url: `/api/v1/auth/web/session` }),
          providesTags: ["identity"],
        },
      ),
      signInWeb: build.mutation<SignInWebApiResponse, SignInWebApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/auth/web/sign-in`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      signOutWeb: build.mutation<SignOutWebApiResponse, SignOutWebApiArg>({
        query: () => ({ url: `/api/v1/auth/web/sign-out`, method: "POST" }),
        invalidatesTags: ["identity"],
      }),
      verifyFactorWeb: build.mutation<
        VerifyFactorWebApiResponse,
        VerifyFactorWebApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/web/verify`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      listBeneficiaries: build.query<
        ListBeneficiariesApiResponse,
        ListBeneficiariesApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/beneficiaries`,
          params: {
            limit: queryArg.limit,
            cursor: queryArg.cursor,
            is_favourite: queryArg.isFavourite,
          },
        }),
        providesTags: ["transaction"],
      }),
      listNotifications: build.query<
        ListNotificationsApiResponse,
        ListNotificationsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/notifications`,
          params: {
            limit: queryArg.limit,
            cursor: queryArg.cursor,
            unread: queryArg.unread,
          },
        }),
        providesTags: ["notification"],
      }),
      markAllNotificationsRead: build.mutation<
        MarkAllNotificationsReadApiResponse,
        MarkAllNotificationsReadApiArg
      >({
        query: () => ({ url: `/api/v1/notifications/read`, method: "POST" }),
        invalidatesTags: ["notification"],
      }),
      markNotificationRead: build.mutation<
        MarkNotificationReadApiResponse,
        MarkNotificationReadApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/notifications/${encodeURIComponent(String(queryArg.notificationId))}/read`,
          method: "POST",
        }),
        invalidatesTags: ["notification"],
      }),
      listTransactions: build.query<
        ListTransactionsApiResponse,
        ListTransactionsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/transactions`,
          params: {
            limit: queryArg.limit,
            cursor: queryArg.cursor,
            status: queryArg.status,
            transaction_type: queryArg.transactionType,
            account_id: queryArg.accountId,
            customer_id: queryArg.customerId,
            q: queryArg.q,
            min_amount_cents: queryArg.minAmountCents,
            max_amount_cents: queryArg.maxAmountCents,
            from: queryArg["from"],
            to: queryArg.to,
            counterparty: queryArg.counterparty,
          },
        }),
        providesTags: ["transaction"],
      }),
      transferMoney: build.mutation<
        TransferMoneyApiResponse,
        TransferMoneyApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/transactions/transfer`,
          method: "POST",
          body: queryArg.body,
          headers: {
            "Idempotency-Key": queryArg["Idempotency-Key"],
            Prefer: queryArg.prefer,
          },
        }),
        invalidatesTags: ["transaction"],
      }),
      getTransaction: build.query<
        GetTransactionApiResponse,
        GetTransactionApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/transactions/${encodeURIComponent(String(queryArg.transactionId))}`,
        }),
        providesTags: ["transaction"],
      }),
      cancelTransaction: build.mutation<
        CancelTransactionApiResponse,
        CancelTransactionApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/transactions/${encodeURIComponent(String(queryArg.transactionId))}/cancel`,
          method: "POST",
        }),
        invalidatesTags: ["transaction"],
      }),
      readSandboxClock: build.query<
        ReadSandboxClockApiResponse,
        ReadSandboxClockApiArg
      >({
        query: () => ({ url: `/sandbox/clock` }),
        providesTags: ["ledger"],
      }),
      readMailbox: build.query<ReadMailboxApiResponse, ReadMailboxApiArg>({
        query: (queryArg) => ({
          url: `/sandbox/mailbox`,
          params: {
            to: queryArg.to,
          },
        }),
        providesTags: ["notification"],
      }),
    }),
    overrideExisting: false,
  });
export { injectedRtkApi as bankApi };
export type ListAccountsApiResponse = /** status 200 The answer */ {
  items: {
    account_id: string;
    account_number: string;
    customer_id: string;
    product_id: string;
    account_type: "CHECKING" | "SAVINGS" | "BUSINESS" | "LOAN" | "CREDIT";
    currency: string;
    status: "PENDING" | "ACTIVE" | "FROZEN" | "DORMANT" | "CLOSED";
    branch_id: string;
    overdraft_limit_cents: number;
    nickname: string | null;
    opened_date: string;
    closed_at: string | null;
    created_at: string;
  }[];
  next_cursor: string | null;
};
export type ListAccountsApiArg = {
  limit?: number;
  cursor?: string;
  customerId?: string;
  status?: "PENDING" | "ACTIVE" | "FROZEN" | "DORMANT" | "CLOSED";
};
export type LookupPayeeApiResponse = /** status 200 The answer */ {
  account_number: string;
  masked_name: string;
  currency: string;
  can_receive: boolean;
};
export type LookupPayeeApiArg = {
  accountNumber: string;
};
export type GetAccountApiResponse = /** status 200 The answer */ {
  account_id: string;
  account_number: string;
  customer_id: string;
  product_id: string;
  account_type: "CHECKING" | "SAVINGS" | "BUSINESS" | "LOAN" | "CREDIT";
  currency: string;
  status: "PENDING" | "ACTIVE" | "FROZEN" | "DORMANT" | "CLOSED";
  branch_id: string;
  overdraft_limit_cents: number;
  nickname: string | null;
  opened_date: string;
  closed_at: string | null;
  created_at: string;
};
export type GetAccountApiArg = {
  accountId: string;
};
export type GetAccountBalanceApiResponse = /** status 200 The answer */ {
  account_id: string;
  currency: string;
  ledger_balance_cents: number;
  available_balance_cents: number;
  pending_balance_cents: number;
  overdraft_limit_cents: number;
  as_of: string;
};
export type GetAccountBalanceApiArg = {
  accountId: string;
};
export type GetAccountInterestApiResponse = /** status 200 The answer */ {
  account_id: string;
  currency: string;
  rate_ppm: number;
  accrued_cents: number;
  accrued_from: string | null;
  accrued_to: string | null;
  paid: {
    period: string;
    amount_cents: number;
    ledger_transaction_id: string | null;
  }[];
};
export type GetAccountInterestApiArg = {
  accountId: string;
};
export type ListStatementsApiResponse = /** status 200 The answer */ {
  items: {
    statement_id: string;
    from: string;
    to: string;
    opening_balance_cents: number;
    closing_balance_cents: number;
    entry_count: number;
    created_at: string;
  }[];
  next_cursor: string | null;
};
export type ListStatementsApiArg = {
  accountId: string;
  limit?: number;
  cursor?: string;
};
export type ListAccountTransactionsApiResponse = /** status 200 The answer */ {
  items: {
    transaction_id: string;
    transaction_ref: string;
    transaction_type:
      | "TRANSFER"
      | "DEPOSIT"
      | "WITHDRAWAL"
      | "PAYMENT"
      | "BILL_PAYMENT"
      | "CARD"
      | "FEE"
      | "INTEREST"
      | "LOAN_DISBURSEMENT"
      | "LOAN_PAYMENT"
      | "REVERSAL"
      | "ADJUSTMENT";
    status:
      | "PENDING"
      | "PROCESSING"
      | "AWAITING_APPROVAL"
      | "COMPLETED"
      | "FAILED"
      | "CANCELLED"
      | "REVERSED";
    source_account_id: string | null;
    destination_account_id: string | null;
    amount_cents: number;
    currency: string;
    description: string;
    external_reference: string | null;
    value_date: string;
    fraud_score: number | null;
    requires_approval: boolean;
    failure_code: string | null;
    initiated_by: string | null;
    approved_by: string | null;
    ledger_transaction_id: string | null;
    reversal_of: string | null;
    reversed_by: string | null;
    created_at: string;
    completed_at: string | null;
    booked_at: string | null;
  }[];
  next_cursor: string | null;
};
export type ListAccountTransactionsApiArg = {
  accountId: string;
  limit?: number;
  cursor?: string;
  status?:
    | "PENDING"
    | "PROCESSING"
    | "AWAITING_APPROVAL"
    | "COMPLETED"
    | "FAILED"
    | "CANCELLED"
    | "REVERSED";
};
export type GetWebSessionApiResponse = /** status 200 The answer */ {
  user: {
    user_id: string;
    email: string;
    first_name: string;
    last_name: string;
    customer_id: string | null;
    roles: (
      | "customer"
      | "teller"
      | "support"
      | "analyst"
      | "underwriter"
      | "compliance"
      | "operator"
      | "auditor"
      | "admin"
    )[];
    is_verified: boolean;
    is_active: boolean;
    mfa_enabled: boolean;
    created_at: string;
  };
  idle_expires_at: string;
  expires_at: string;
};
export type GetWebSessionApiArg = void;
export type SignInWebApiResponse = /** status 200 The answer */ {
  status: "SIGNED_IN" | "MFA_REQUIRED";
  user?: {
    user_id: string;
    email: string;
    first_name: string;
    last_name: string;
    customer_id: string | null;
    roles: (
      | "customer"
      | "teller"
      | "support"
      | "analyst"
      | "underwriter"
      | "compliance"
      | "operator"
      | "auditor"
      | "admin"
    )[];
    is_verified: boolean;
    is_active: boolean;
    mfa_enabled: boolean;
    created_at: string;
  };
  challenge_id?: string;
  factors?: ("TOTP" | "RECOVERY_CODE")[];
  expires_at?: string;
};
export type SignInWebApiArg = {
  body: {
    email: string;
    password: string;
    device_id?: string;
  };
};
export type SignOutWebApiResponse = unknown;
export type SignOutWebApiArg = void;
export type VerifyFactorWebApiResponse = /** status 200 The answer */ {
  status: "SIGNED_IN" | "MFA_REQUIRED";
  user?: {
    user_id: string;
    email: string;
    first_name: string;
    last_name: string;
    customer_id: string | null;
    roles: (
      | "customer"
      | "teller"
      | "support"
      | "analyst"
      | "underwriter"
      | "compliance"
      | "operator"
      | "auditor"
      | "admin"
    )[];
    is_verified: boolean;
    is_active: boolean;
    mfa_enabled: boolean;
    created_at: string;
  };
  challenge_id?: string;
  factors?: ("TOTP" | "RECOVERY_CODE")[];
  expires_at?: string;
};
export type VerifyFactorWebApiArg = {
  body: {
    challenge_id: string;
    code: string;
  };
};
export type ListBeneficiariesApiResponse = /** status 200 The answer */ {
  items: {
    beneficiary_id: string;
    customer_id: string;
    beneficiary_type: "INTERNAL" | "DOMESTIC" | "INTERNATIONAL";
    name: string;
    account_number: string;
    account_id: string | null;
    bank_code: string | null;
    country: string | null;
    currency: string;
    is_favourite: boolean;
    last_paid_at: string | null;
    created_at: string;
    version: number;
  }[];
  next_cursor: string | null;
};
export type ListBeneficiariesApiArg = {
  limit?: number;
  cursor?: string;
  isFavourite?: boolean;
};
export type ListNotificationsApiResponse = /** status 200 The answer */ {
  items: {
    notification_id: string;
    template_id: string;
    title: string;
    body: string;
    subject_type: string;
    subject_id: string | null;
    is_read: boolean;
    read_at: string | null;
    created_at: string;
    correlation_id: string;
    deliveries: {
      channel: "EMAIL" | "SMS" | "PUSH" | "IN_APP" | "WEBHOOK";
      status: "PENDING" | "SENT" | "FAILED" | "SUPPRESSED";
      sent_at: string | null;
    }[];
  }[];
  next_cursor: string | null;
  unread_count: number;
};
export type ListNotificationsApiArg = {
  limit?: number;
  cursor?: string;
  unread?: boolean;
};
export type MarkAllNotificationsReadApiResponse = /** status 200 The answer */ {
  marked: number;
};
export type MarkAllNotificationsReadApiArg = void;
export type MarkNotificationReadApiResponse = /** status 200 The answer */ {
  notification_id: string;
  template_id: string;
  title: string;
  body: string;
  subject_type: string;
  subject_id: string | null;
  is_read: boolean;
  read_at: string | null;
  created_at: string;
  correlation_id: string;
  deliveries: {
    channel: "EMAIL" | "SMS" | "PUSH" | "IN_APP" | "WEBHOOK";
    status: "PENDING" | "SENT" | "FAILED" | "SUPPRESSED";
    sent_at: string | null;
  }[];
};
export type MarkNotificationReadApiArg = {
  notificationId: string;
};
export type ListTransactionsApiResponse = /** status 200 The answer */ {
  items: {
    transaction_id: string;
    transaction_ref: string;
    transaction_type:
      | "TRANSFER"
      | "DEPOSIT"
      | "WITHDRAWAL"
      | "PAYMENT"
      | "BILL_PAYMENT"
      | "CARD"
      | "FEE"
      | "INTEREST"
      | "LOAN_DISBURSEMENT"
      | "LOAN_PAYMENT"
      | "REVERSAL"
      | "ADJUSTMENT";
    status:
      | "PENDING"
      | "PROCESSING"
      | "AWAITING_APPROVAL"
      | "COMPLETED"
      | "FAILED"
      | "CANCELLED"
      | "REVERSED";
    source_account_id: string | null;
    destination_account_id: string | null;
    amount_cents: number;
    currency: string;
    description: string;
    external_reference: string | null;
    value_date: string;
    fraud_score: number | null;
    requires_approval: boolean;
    failure_code: string | null;
    initiated_by: string | null;
    approved_by: string | null;
    ledger_transaction_id: string | null;
    reversal_of: string | null;
    reversed_by: string | null;
    created_at: string;
    completed_at: string | null;
    booked_at: string | null;
  }[];
  next_cursor: string | null;
};
export type ListTransactionsApiArg = {
  limit?: number;
  cursor?: string;
  status?:
    | "PENDING"
    | "PROCESSING"
    | "AWAITING_APPROVAL"
    | "COMPLETED"
    | "FAILED"
    | "CANCELLED"
    | "REVERSED";
  transactionType?:
    | "TRANSFER"
    | "DEPOSIT"
    | "WITHDRAWAL"
    | "PAYMENT"
    | "BILL_PAYMENT"
    | "CARD"
    | "FEE"
    | "INTEREST"
    | "LOAN_DISBURSEMENT"
    | "LOAN_PAYMENT"
    | "REVERSAL"
    | "ADJUSTMENT";
  accountId?: string;
  customerId?: string;
  q?: string;
  minAmountCents?: number;
  maxAmountCents?: number;
  from?: string;
  to?: string;
  counterparty?: string;
};
export type TransferMoneyApiResponse = /** status 202 The answer */ {
  transaction_id: string;
  transaction_ref: string;
  transaction_type:
    | "TRANSFER"
    | "DEPOSIT"
    | "WITHDRAWAL"
    | "PAYMENT"
    | "BILL_PAYMENT"
    | "CARD"
    | "FEE"
    | "INTEREST"
    | "LOAN_DISBURSEMENT"
    | "LOAN_PAYMENT"
    | "REVERSAL"
    | "ADJUSTMENT";
  status:
    | "PENDING"
    | "PROCESSING"
    | "AWAITING_APPROVAL"
    | "COMPLETED"
    | "FAILED"
    | "CANCELLED"
    | "REVERSED";
  source_account_id: string | null;
  destination_account_id: string | null;
  amount_cents: number;
  currency: string;
  description: string;
  external_reference: string | null;
  value_date: string;
  fraud_score: number | null;
  requires_approval: boolean;
  failure_code: string | null;
  initiated_by: string | null;
  approved_by: string | null;
  ledger_transaction_id: string | null;
  reversal_of: string | null;
  reversed_by: string | null;
  created_at: string;
  completed_at: string | null;
  booked_at: string | null;
};
export type TransferMoneyApiArg = {
  /** New for each new wish; the same key with the same request answers the same and happens once. Kept 7 days. */
  "Idempotency-Key": string;
  /** wait=N waits up to N seconds (30 at most) for the end */
  prefer?: string;
  body: {
    source_account_id: string;
    destination_account_id?: string;
    destination_account_number?: string;
    amount_cents: number;
    currency: string;
    description?: string;
    external_reference?: string;
  };
};
export type GetTransactionApiResponse = /** status 200 The answer */ {
  transaction_id: string;
  transaction_ref: string;
  transaction_type:
    | "TRANSFER"
    | "DEPOSIT"
    | "WITHDRAWAL"
    | "PAYMENT"
    | "BILL_PAYMENT"
    | "CARD"
    | "FEE"
    | "INTEREST"
    | "LOAN_DISBURSEMENT"
    | "LOAN_PAYMENT"
    | "REVERSAL"
    | "ADJUSTMENT";
  status:
    | "PENDING"
    | "PROCESSING"
    | "AWAITING_APPROVAL"
    | "COMPLETED"
    | "FAILED"
    | "CANCELLED"
    | "REVERSED";
  source_account_id: string | null;
  destination_account_id: string | null;
  amount_cents: number;
  currency: string;
  description: string;
  external_reference: string | null;
  value_date: string;
  fraud_score: number | null;
  requires_approval: boolean;
  failure_code: string | null;
  initiated_by: string | null;
  approved_by: string | null;
  ledger_transaction_id: string | null;
  reversal_of: string | null;
  reversed_by: string | null;
  created_at: string;
  completed_at: string | null;
  booked_at: string | null;
};
export type GetTransactionApiArg = {
  transactionId: string;
};
export type CancelTransactionApiResponse = /** status 202 The answer */ {
  transaction_id: string;
  transaction_ref: string;
  transaction_type:
    | "TRANSFER"
    | "DEPOSIT"
    | "WITHDRAWAL"
    | "PAYMENT"
    | "BILL_PAYMENT"
    | "CARD"
    | "FEE"
    | "INTEREST"
    | "LOAN_DISBURSEMENT"
    | "LOAN_PAYMENT"
    | "REVERSAL"
    | "ADJUSTMENT";
  status:
    | "PENDING"
    | "PROCESSING"
    | "AWAITING_APPROVAL"
    | "COMPLETED"
    | "FAILED"
    | "CANCELLED"
    | "REVERSED";
  source_account_id: string | null;
  destination_account_id: string | null;
  amount_cents: number;
  currency: string;
  description: string;
  external_reference: string | null;
  value_date: string;
  fraud_score: number | null;
  requires_approval: boolean;
  failure_code: string | null;
  initiated_by: string | null;
  approved_by: string | null;
  ledger_transaction_id: string | null;
  reversal_of: string | null;
  reversed_by: string | null;
  created_at: string;
  completed_at: string | null;
  booked_at: string | null;
};
export type CancelTransactionApiArg = {
  transactionId: string;
};
export type ReadSandboxClockApiResponse = /** status 200 The answer */ {
  business_date: string;
  bank_time: string;
  wall_time: string;
  offset_ms: number;
  moving_to: string | null;
};
export type ReadSandboxClockApiArg = void;
export type ReadMailboxApiResponse = /** status 200 The answer */ {
  items: {
    mail_id: string;
    channel: "EMAIL" | "SMS" | "PUSH";
    to: string;
    subject: string;
    text: string;
    code: string | null;
    sent_at: string;
  }[];
};
export type ReadMailboxApiArg = {
  to: string;
};
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  correlation_id: string;
  outcome?: "nothing_moved" | "unknown";
  errors?: {
    pointer?: string;
    detail?: string;
  }[];
};
export const {
  useListAccountsQuery,
  useLazyListAccountsQuery,
  useLookupPayeeQuery,
  useLazyLookupPayeeQuery,
  useGetAccountQuery,
  useLazyGetAccountQuery,
  useGetAccountBalanceQuery,
  useLazyGetAccountBalanceQuery,
  useGetAccountInterestQuery,
  useLazyGetAccountInterestQuery,
  useListStatementsQuery,
  useLazyListStatementsQuery,
  useListAccountTransactionsQuery,
  useLazyListAccountTransactionsQuery,
  useGetWebSessionQuery,
  useLazyGetWebSessionQuery,
  useSignInWebMutation,
  useSignOutWebMutation,
  useVerifyFactorWebMutation,
  useListBeneficiariesQuery,
  useLazyListBeneficiariesQuery,
  useListNotificationsQuery,
  useLazyListNotificationsQuery,
  useMarkAllNotificationsReadMutation,
  useMarkNotificationReadMutation,
  useListTransactionsQuery,
  useLazyListTransactionsQuery,
  useTransferMoneyMutation,
  useGetTransactionQuery,
  useLazyGetTransactionQuery,
  useCancelTransactionMutation,
  useReadSandboxClockQuery,
  useLazyReadSandboxClockQuery,
  useReadMailboxQuery,
  useLazyReadMailboxQuery,
} = injectedRtkApi;
