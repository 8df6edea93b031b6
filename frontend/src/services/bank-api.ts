// Made by `npx node tools/tidy/web-client.ts --write` from the contracts; a test compares. OpenAPI be8251f112a1bcc5
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
      listDevices: build.query<ListDevicesApiResponse, ListDevicesApiArg>({
        query: () => ({ url: `/api/v1/auth/devices` }),
        providesTags: ["identity"],
      }),
      forgetDevice: build.mutation<ForgetDeviceApiResponse, ForgetDeviceApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/v1/auth/devices/${encodeURIComponent(String(queryArg.deviceId))}`,
            method: "DELETE",
            body: queryArg.body,
          }),
          invalidatesTags: ["identity"],
        },
      ),
      changeDevice: build.mutation<ChangeDeviceApiResponse, ChangeDeviceApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/v1/auth/devices/${encodeURIComponent(String(queryArg.deviceId))}`,
            method: "PUT",
            body: queryArg.body,
          }),
          invalidatesTags: ["identity"],
        },
      ),
      challengeFactor: build.mutation<
        ChallengeFactorApiResponse,
        ChallengeFactorApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/mfa/challenge`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      enrolEmail: build.mutation<EnrolEmailApiResponse, EnrolEmailApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/auth/mfa/email`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      listFactors: build.query<ListFactorsApiResponse, ListFactorsApiArg>({
        query: () => ({ url: `/api/v1/auth/mfa/factors` }),
        providesTags: ["identity"],
      }),
      removeFactor: build.mutation<RemoveFactorApiResponse, RemoveFactorApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/v1/auth/mfa/factors/${encodeURIComponent(String(queryArg.factorId))}`,
            method: "DELETE",
            body: queryArg.body,
          }),
          invalidatesTags: ["identity"],
        },
      ),
      enrolPhone: build.mutation<EnrolPhoneApiResponse, EnrolPhoneApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/auth/mfa/phone`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      confirmPhone: build.mutation<ConfirmPhoneApiResponse, ConfirmPhoneApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/v1/auth/mfa/phone/confirm`,
            method: "POST",
            body: queryArg.body,
          }),
          invalidatesTags: ["identity"],
        },
      ),
      openFactorProof: build.mutation<
        OpenFactorProofApiResponse,
        OpenFactorProofApiArg
      >({
        query: () => ({ url: `/api/v1/auth/mfa/proof`, method: "POST" }),
        invalidatesTags: ["identity"],
      }),
      offerFactorProof: build.mutation<
        OfferFactorProofApiResponse,
        OfferFactorProofApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/mfa/proof/${encodeURIComponent(String(queryArg.challengeId))}/offer`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      replaceRecoveryCodes: build.mutation<
        ReplaceRecoveryCodesApiResponse,
        ReplaceRecoveryCodesApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/mfa/recovery-codes`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      enrolTotp: build.mutation<EnrolTotpApiResponse, EnrolTotpApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/auth/mfa/totp`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      confirmTotp: build.mutation<ConfirmTotpApiResponse, ConfirmTotpApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/auth/mfa/totp/confirm`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      listPasskeys: build.query<ListPasskeysApiResponse, ListPasskeysApiArg>({
        query: () => ({ url: `/api/v1/auth/passkeys` }),
        providesTags: ["identity"],
      }),
      registerPasskey: build.mutation<
        RegisterPasskeyApiResponse,
        RegisterPasskeyApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/passkeys`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      startPasskeyLogin: build.mutation<
        StartPasskeyLoginApiResponse,
        StartPasskeyLoginApiArg
      >({
        query: () => ({
          url: `/api/v1/auth/passkeys/login/options`,
          method: "POST",
        }),
        invalidatesTags: ["identity"],
      }),
      startPasskey: build.mutation<StartPasskeyApiResponse, StartPasskeyApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/v1/auth/passkeys/options`,
            method: "POST",
            body: queryArg.body,
          }),
          invalidatesTags: ["identity"],
        },
      ),
      renamePasskey: build.mutation<
        RenamePasskeyApiResponse,
        RenamePasskeyApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/passkeys/${encodeURIComponent(String(queryArg.passkeyId))}`,
          method: "PUT",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      changePassword: build.mutation<
        ChangePasswordApiResponse,
        ChangePasswordApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/password`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      revokeAllSessions: build.mutation<
        RevokeAllSessionsApiResponse,
        RevokeAllSessionsApiArg
      >({
        query: () => ({ url: `/api/v1/auth/sessions`, method: "DELETE" }),
        invalidatesTags: ["identity"],
      }),
      listSessions: build.query<ListSessionsApiResponse, ListSessionsApiArg>({
        query: () => ({ url: `/api/v1/auth/sessions` }),
        providesTags: ["identity"],
      }),
      revokeSession: build.mutation<
        RevokeSessionApiResponse,
        RevokeSessionApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/sessions/${encodeURIComponent(String(queryArg.sessionId))}`,
          method: "DELETE",
        }),
        invalidatesTags: ["identity"],
      }),
      startStepUp: build.mutation<StartStepUpApiResponse, StartStepUpApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/auth/step-up`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      answerStepUp: build.mutation<AnswerStepUpApiResponse, AnswerStepUpApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/v1/auth/step-up/${encodeURIComponent(String(queryArg.challengeId))}`,
            method: "POST",
            body: queryArg.body,
          }),
          invalidatesTags: ["identity"],
        },
      ),
      offerStepUp: build.mutation<OfferStepUpApiResponse, OfferStepUpApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/auth/step-up/${encodeURIComponent(String(queryArg.challengeId))}/offer`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
      }),
      signInWebByPasskey: build.mutation<
        SignInWebByPasskeyApiResponse,
        SignInWebByPasskeyApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/auth/web/passkey`,
          method: "POST",
          body: queryArg.body,
        }),
        invalidatesTags: ["identity"],
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
      listConsents: build.query<ListConsentsApiResponse, ListConsentsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/consents`,
          params: {
            limit: queryArg.limit,
            cursor: queryArg.cursor,
            status: queryArg.status,
            user_id: queryArg.userId,
          },
        }),
        providesTags: ["identity"],
      }),
      revokeConsent: build.mutation<
        RevokeConsentApiResponse,
        RevokeConsentApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/consents/${encodeURIComponent(String(queryArg.consentId))}`,
          method: "DELETE",
        }),
        invalidatesTags: ["identity"],
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
            "x-step-up-proof": queryArg["x-step-up-proof"],
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
    sca:
      | (
          | "PROVED"
          | "CONSENT"
          | "API_KEY"
          | "TRUSTED_PAYEE"
          | "RECURRING"
          | "OWN_ACCOUNTS"
          | "LOW_VALUE"
        )
      | null;
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
export type ListDevicesApiResponse = /** status 200 The answer */ {
  items: {
    device_id: string;
    name: string | null;
    is_current: boolean;
    is_trusted: boolean;
    has_key: boolean;
    cooling_off_until: string | null;
    first_seen_at: string;
    last_seen_at: string;
  }[];
};
export type ListDevicesApiArg = void;
export type ForgetDeviceApiResponse = /** status 200 The answer */ {
  ended_sessions: number;
};
export type ForgetDeviceApiArg = {
  deviceId: string;
  body: {
    password?: string;
    proof?: {
      challenge_id: string;
      code?: string;
      passkey?: {
        id: string;
        rawId: string;
        type: "public-key";
        response: {
          clientDataJSON: string;
          authenticatorData: string;
          signature: string;
          userHandle?: string;
        };
        authenticatorAttachment?: "platform" | "cross-platform";
        clientExtensionResults: object;
      };
      push?: true;
    };
  };
};
export type ChangeDeviceApiResponse = /** status 200 The answer */ {
  device_id: string;
  name: string | null;
  is_current: boolean;
  is_trusted: boolean;
  has_key: boolean;
  cooling_off_until: string | null;
  first_seen_at: string;
  last_seen_at: string;
};
export type ChangeDeviceApiArg = {
  deviceId: string;
  body: {
    name?: string;
    is_trusted?: boolean;
    password?: string;
    proof?: {
      challenge_id: string;
      code?: string;
      passkey?: {
        id: string;
        rawId: string;
        type: "public-key";
        response: {
          clientDataJSON: string;
          authenticatorData: string;
          signature: string;
          userHandle?: string;
        };
        authenticatorAttachment?: "platform" | "cross-platform";
        clientExtensionResults: object;
      };
      push?: true;
    };
  };
};
export type ChallengeFactorApiResponse = /** status 200 The answer */ {
  challenge_id: string;
  factor:
    | "PASSKEY"
    | "PUSH"
    | "TOTP"
    | "SMS"
    | "EMAIL"
    | "RECOVERY_CODE"
    | "PASSWORD";
  expires_at: string;
  sent_to?: string;
  passkey_options?: {
    challenge: string;
    timeout?: number;
    rpId?: string;
    allowCredentials?: {
      id: string;
      type: "public-key";
      transports?: string[];
    }[];
    userVerification?: string;
  };
  match_number?: string;
};
export type ChallengeFactorApiArg = {
  body: {
    challenge_id: string;
    factor:
      | "PASSKEY"
      | "PUSH"
      | "TOTP"
      | "SMS"
      | "EMAIL"
      | "RECOVERY_CODE"
      | "PASSWORD";
  };
};
export type EnrolEmailApiResponse = /** status 200 The answer */ {
  factor_id: string;
  factor_type: "TOTP" | "SMS" | "EMAIL" | "PASSKEY" | "PUSH";
  label: string | null;
  confirmed_at: string | null;
  last_used_at: string | null;
};
export type EnrolEmailApiArg = {
  body: {
    password?: string;
    proof?: {
      challenge_id: string;
      code?: string;
      passkey?: {
        id: string;
        rawId: string;
        type: "public-key";
        response: {
          clientDataJSON: string;
          authenticatorData: string;
          signature: string;
          userHandle?: string;
        };
        authenticatorAttachment?: "platform" | "cross-platform";
        clientExtensionResults: object;
      };
      push?: true;
    };
  };
};
export type ListFactorsApiResponse = /** status 200 The answer */ {
  items: {
    factor_id: string;
    factor_type: "TOTP" | "SMS" | "EMAIL" | "PASSKEY" | "PUSH";
    label: string | null;
    confirmed_at: string | null;
    last_used_at: string | null;
  }[];
  recovery_codes_left: number;
};
export type ListFactorsApiArg = void;
export type RemoveFactorApiResponse = /** status 200 The answer */ {
  mfa_enabled: boolean;
};
export type RemoveFactorApiArg = {
  factorId: string;
  body: {
    password?: string;
    proof?: {
      challenge_id: string;
      code?: string;
      passkey?: {
        id: string;
        rawId: string;
        type: "public-key";
        response: {
          clientDataJSON: string;
          authenticatorData: string;
          signature: string;
          userHandle?: string;
        };
        authenticatorAttachment?: "platform" | "cross-platform";
        clientExtensionResults: object;
      };
      push?: true;
    };
  };
};
export type EnrolPhoneApiResponse = /** status 200 The answer */ {
  factor_id: string;
  sent_to: string;
  expires_at: string;
};
export type EnrolPhoneApiArg = {
  body: {
    phone: string;
    password?: string;
    proof?: {
      challenge_id: string;
      code?: string;
      passkey?: {
        id: string;
        rawId: string;
        type: "public-key";
        response: {
          clientDataJSON: string;
          authenticatorData: string;
          signature: string;
          userHandle?: string;
        };
        authenticatorAttachment?: "platform" | "cross-platform";
        clientExtensionResults: object;
      };
      push?: true;
    };
  };
};
export type ConfirmPhoneApiResponse = /** status 200 The answer */ {
  recovery_codes: string[];
};
export type ConfirmPhoneApiArg = {
  body: {
    factor_id: string;
    code: string;
  };
};
export type OpenFactorProofApiResponse = /** status 200 The answer */ {
  challenge_id: string;
  factors: (
    "PASSKEY" | "PUSH" | "TOTP" | "SMS" | "EMAIL" | "RECOVERY_CODE" | "PASSWORD"
  )[];
  expires_at: string;
};
export type OpenFactorProofApiArg = void;
export type OfferFactorProofApiResponse = /** status 200 The answer */ {
  challenge_id: string;
  factor:
    | "PASSKEY"
    | "PUSH"
    | "TOTP"
    | "SMS"
    | "EMAIL"
    | "RECOVERY_CODE"
    | "PASSWORD";
  expires_at: string;
  sent_to?: string;
  passkey_options?: {
    challenge: string;
    timeout?: number;
    rpId?: string;
    allowCredentials?: {
      id: string;
      type: "public-key";
      transports?: string[];
    }[];
    userVerification?: string;
  };
  match_number?: string;
};
export type OfferFactorProofApiArg = {
  challengeId: string;
  body: {
    factor:
      | "PASSKEY"
      | "PUSH"
      | "TOTP"
      | "SMS"
      | "EMAIL"
      | "RECOVERY_CODE"
      | "PASSWORD";
  };
};
export type ReplaceRecoveryCodesApiResponse = /** status 200 The answer */ {
  recovery_codes: string[];
};
export type ReplaceRecoveryCodesApiArg = {
  body: {
    password?: string;
    proof?: {
      challenge_id: string;
      code?: string;
      passkey?: {
        id: string;
        rawId: string;
        type: "public-key";
        response: {
          clientDataJSON: string;
          authenticatorData: string;
          signature: string;
          userHandle?: string;
        };
        authenticatorAttachment?: "platform" | "cross-platform";
        clientExtensionResults: object;
      };
      push?: true;
    };
  };
};
export type EnrolTotpApiResponse = /** status 200 The answer */ {
  factor_id: string;
  secret: string;
  otpauth_uri: string;
};
export type EnrolTotpApiArg = {
  body: {
    password?: string;
    proof?: {
      challenge_id: string;
      code?: string;
      passkey?: {
        id: string;
        rawId: string;
        type: "public-key";
        response: {
          clientDataJSON: string;
          authenticatorData: string;
          signature: string;
          userHandle?: string;
        };
        authenticatorAttachment?: "platform" | "cross-platform";
        clientExtensionResults: object;
      };
      push?: true;
    };
  };
};
export type ConfirmTotpApiResponse = /** status 200 The answer */ {
  recovery_codes: string[];
};
export type ConfirmTotpApiArg = {
  body: {
    factor_id: string;
    code: string;
  };
};
export type ListPasskeysApiResponse = /** status 200 The answer */ {
  items: {
    passkey_id: string;
    name: string;
    is_device_bound: boolean;
    is_backed_up: boolean;
    aaguid: string;
    created_at: string;
    last_used_at: string | null;
  }[];
};
export type ListPasskeysApiArg = void;
export type RegisterPasskeyApiResponse = /** status 201 The answer */ {
  passkey: {
    passkey_id: string;
    name: string;
    is_device_bound: boolean;
    is_backed_up: boolean;
    aaguid: string;
    created_at: string;
    last_used_at: string | null;
  };
  recovery_codes: string[];
};
export type RegisterPasskeyApiArg = {
  body: {
    ceremony_id: string;
    name: string;
    passkey: {
      id: string;
      rawId: string;
      type: "public-key";
      response: {
        clientDataJSON: string;
        attestationObject: string;
        authenticatorData?: string;
        transports?: string[];
        publicKeyAlgorithm?: number;
        publicKey?: string;
      };
      authenticatorAttachment?: "platform" | "cross-platform";
      clientExtensionResults: object;
    };
  };
};
export type StartPasskeyLoginApiResponse = /** status 200 The answer */ {
  ceremony_id: string;
  options: {
    challenge: string;
    timeout?: number;
    rpId?: string;
    allowCredentials?: {
      id: string;
      type: "public-key";
      transports?: string[];
    }[];
    userVerification?: string;
  };
  expires_at: string;
};
export type StartPasskeyLoginApiArg = void;
export type StartPasskeyApiResponse = /** status 200 The answer */ {
  ceremony_id: string;
  options: {
    rp: {
      id?: string;
      name: string;
    };
    user: {
      id: string;
      name: string;
      displayName: string;
    };
    challenge: string;
    pubKeyCredParams: {
      alg: number;
      type: "public-key";
    }[];
    timeout?: number;
    excludeCredentials?: {
      id: string;
      type: "public-key";
      transports?: string[];
    }[];
    authenticatorSelection?: {
      residentKey?: string;
      requireResidentKey?: boolean;
      userVerification?: string;
    };
    attestation?: string;
  };
  expires_at: string;
};
export type StartPasskeyApiArg = {
  body: {
    password?: string;
    proof?: {
      challenge_id: string;
      code?: string;
      passkey?: {
        id: string;
        rawId: string;
        type: "public-key";
        response: {
          clientDataJSON: string;
          authenticatorData: string;
          signature: string;
          userHandle?: string;
        };
        authenticatorAttachment?: "platform" | "cross-platform";
        clientExtensionResults: object;
      };
      push?: true;
    };
  };
};
export type RenamePasskeyApiResponse = /** status 200 The answer */ {
  passkey_id: string;
  name: string;
  is_device_bound: boolean;
  is_backed_up: boolean;
  aaguid: string;
  created_at: string;
  last_used_at: string | null;
};
export type RenamePasskeyApiArg = {
  passkeyId: string;
  body: {
    name: string;
  };
};
export type ChangePasswordApiResponse = /** status 200 The answer */ {
  ended_sessions: number;
};
export type ChangePasswordApiArg = {
  body: {
    current_password: string;
    new_password: string;
  };
};
export type RevokeAllSessionsApiResponse = /** status 200 The answer */ {
  revoked: number;
};
export type RevokeAllSessionsApiArg = void;
export type ListSessionsApiResponse = /** status 200 The answer */ {
  items: {
    session_id: string;
    status: "ACTIVE" | "EXPIRED" | "REVOKED";
    is_current: boolean;
    kind: "BROWSER" | "APP" | "THIRD_PARTY" | "API_KEY";
    device_id: string | null;
    device_name: string | null;
    client_name: string | null;
    created_at: string;
    last_accessed_at: string;
    expires_at: string;
  }[];
};
export type ListSessionsApiArg = void;
export type RevokeSessionApiResponse = unknown;
export type RevokeSessionApiArg = {
  sessionId: string;
};
export type StartStepUpApiResponse = /** status 201 The answer */ {
  challenge_id: string;
  digest: string;
  shown: {
    text: string;
    operation: string;
    lines: {
      label: string;
      value: string;
    }[];
  };
  factors: (
    "PASSKEY" | "PUSH" | "TOTP" | "SMS" | "EMAIL" | "RECOVERY_CODE" | "PASSWORD"
  )[];
  expires_at: string;
};
export type StartStepUpApiArg = {
  body: {
    operation: string;
    params?: object;
    body?: object;
  };
};
export type AnswerStepUpApiResponse = /** status 200 The answer */ {
  proof: string;
  expires_at: string;
};
export type AnswerStepUpApiArg = {
  challengeId: string;
  body: {
    code?: string;
    passkey?: {
      id: string;
      rawId: string;
      type: "public-key";
      response: {
        clientDataJSON: string;
        authenticatorData: string;
        signature: string;
        userHandle?: string;
      };
      authenticatorAttachment?: "platform" | "cross-platform";
      clientExtensionResults: object;
    };
    push?: true;
    password?: string;
  };
};
export type OfferStepUpApiResponse = /** status 200 The answer */ {
  challenge_id: string;
  factor:
    | "PASSKEY"
    | "PUSH"
    | "TOTP"
    | "SMS"
    | "EMAIL"
    | "RECOVERY_CODE"
    | "PASSWORD";
  expires_at: string;
  sent_to?: string;
  passkey_options?: {
    challenge: string;
    timeout?: number;
    rpId?: string;
    allowCredentials?: {
      id: string;
      type: "public-key";
      transports?: string[];
    }[];
    userVerification?: string;
  };
  match_number?: string;
};
export type OfferStepUpApiArg = {
  challengeId: string;
  body: {
    factor:
      | "PASSKEY"
      | "PUSH"
      | "TOTP"
      | "SMS"
      | "EMAIL"
      | "RECOVERY_CODE"
      | "PASSWORD";
  };
};
export type SignInWebByPasskeyApiResponse = /** status 200 The answer */ {
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
  factors?: (
    "PASSKEY" | "PUSH" | "TOTP" | "SMS" | "EMAIL" | "RECOVERY_CODE" | "PASSWORD"
  )[];
  expires_at?: string;
};
export type SignInWebByPasskeyApiArg = {
  body: {
    ceremony_id: string;
    passkey: {
      id: string;
      rawId: string;
      type: "public-key";
      response: {
        clientDataJSON: string;
        authenticatorData: string;
        signature: string;
        userHandle?: string;
      };
      authenticatorAttachment?: "platform" | "cross-platform";
      clientExtensionResults: object;
    };
    device_id?: string;
  };
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
  factors?: (
    "PASSKEY" | "PUSH" | "TOTP" | "SMS" | "EMAIL" | "RECOVERY_CODE" | "PASSWORD"
  )[];
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
  factors?: (
    "PASSKEY" | "PUSH" | "TOTP" | "SMS" | "EMAIL" | "RECOVERY_CODE" | "PASSWORD"
  )[];
  expires_at?: string;
};
export type VerifyFactorWebApiArg = {
  body: {
    challenge_id: string;
    code?: string;
    passkey?: {
      id: string;
      rawId: string;
      type: "public-key";
      response: {
        clientDataJSON: string;
        authenticatorData: string;
        signature: string;
        userHandle?: string;
      };
      authenticatorAttachment?: "platform" | "cross-platform";
      clientExtensionResults: object;
    };
    push?: true;
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
    is_trusted: boolean;
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
export type ListConsentsApiResponse = /** status 200 The answer */ {
  items: {
    consent_id: string;
    client_id: string;
    client_name: string;
    client_registration: string | null;
    status: "AUTHORISED" | "ACTIVE" | "USED" | "REVOKED" | "EXPIRED";
    scopes: string[];
    account_access: {
      actions: string[];
      account_ids: string[];
      expires_on: string | null;
    }[];
    payment: {
      amount_cents: number;
      currency: string;
      destination_account_number: string;
      payee_name: string;
      reference: string | null;
      source_account_id: string | null;
    } | null;
    created_at: string;
    expires_at: string;
    last_used_at: string | null;
    ended_at: string | null;
    ended_by: ("CUSTOMER" | "BANK" | "THIRD_PARTY" | "POLICY") | null;
    ended_reason: string | null;
  }[];
  next_cursor: string | null;
};
export type ListConsentsApiArg = {
  limit?: number;
  cursor?: string;
  status?: "AUTHORISED" | "ACTIVE" | "USED" | "REVOKED" | "EXPIRED";
  userId?: string;
};
export type RevokeConsentApiResponse = /** status 200 The answer */ {
  consent_id: string;
  client_id: string;
  client_name: string;
  client_registration: string | null;
  status: "AUTHORISED" | "ACTIVE" | "USED" | "REVOKED" | "EXPIRED";
  scopes: string[];
  account_access: {
    actions: string[];
    account_ids: string[];
    expires_on: string | null;
  }[];
  payment: {
    amount_cents: number;
    currency: string;
    destination_account_number: string;
    payee_name: string;
    reference: string | null;
    source_account_id: string | null;
  } | null;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  ended_at: string | null;
  ended_by: ("CUSTOMER" | "BANK" | "THIRD_PARTY" | "POLICY") | null;
  ended_reason: string | null;
};
export type RevokeConsentApiArg = {
  consentId: string;
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
    sca:
      | (
          | "PROVED"
          | "CONSENT"
          | "API_KEY"
          | "TRUSTED_PAYEE"
          | "RECURRING"
          | "OWN_ACCOUNTS"
          | "LOW_VALUE"
        )
      | null;
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
  sca:
    | (
        | "PROVED"
        | "CONSENT"
        | "API_KEY"
        | "TRUSTED_PAYEE"
        | "RECURRING"
        | "OWN_ACCOUNTS"
        | "LOW_VALUE"
      )
    | null;
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
  /** The proof that exactly this request was confirmed with a strong factor, from /api/v1/auth/step-up; asked for by a 401 STEP_UP_REQUIRED. */
  "x-step-up-proof"?: string;
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
  sca:
    | (
        | "PROVED"
        | "CONSENT"
        | "API_KEY"
        | "TRUSTED_PAYEE"
        | "RECURRING"
        | "OWN_ACCOUNTS"
        | "LOW_VALUE"
      )
    | null;
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
  sca:
    | (
        | "PROVED"
        | "CONSENT"
        | "API_KEY"
        | "TRUSTED_PAYEE"
        | "RECURRING"
        | "OWN_ACCOUNTS"
        | "LOW_VALUE"
      )
    | null;
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
  useListDevicesQuery,
  useLazyListDevicesQuery,
  useForgetDeviceMutation,
  useChangeDeviceMutation,
  useChallengeFactorMutation,
  useEnrolEmailMutation,
  useListFactorsQuery,
  useLazyListFactorsQuery,
  useRemoveFactorMutation,
  useEnrolPhoneMutation,
  useConfirmPhoneMutation,
  useOpenFactorProofMutation,
  useOfferFactorProofMutation,
  useReplaceRecoveryCodesMutation,
  useEnrolTotpMutation,
  useConfirmTotpMutation,
  useListPasskeysQuery,
  useLazyListPasskeysQuery,
  useRegisterPasskeyMutation,
  useStartPasskeyLoginMutation,
  useStartPasskeyMutation,
  useRenamePasskeyMutation,
  useChangePasswordMutation,
  useRevokeAllSessionsMutation,
  useListSessionsQuery,
  useLazyListSessionsQuery,
  useRevokeSessionMutation,
  useStartStepUpMutation,
  useAnswerStepUpMutation,
  useOfferStepUpMutation,
  useSignInWebByPasskeyMutation,
  useGetWebSessionQuery,
  useLazyGetWebSessionQuery,
  useSignInWebMutation,
  useSignOutWebMutation,
  useVerifyFactorWebMutation,
  useListBeneficiariesQuery,
  useLazyListBeneficiariesQuery,
  useListConsentsQuery,
  useLazyListConsentsQuery,
  useRevokeConsentMutation,
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
