import { Alert, Button, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { Unanswered, UNREACHABLE } from "../asking/problem";

interface TroubleProps {
  readonly error: Error;
  readonly onRetry?: (() => void) | undefined;
}

/** What happened, what to do, and the code to quote; never a blank and never a trace. */
export function Trouble({ error, onRetry }: TroubleProps) {
  const { t } = useTranslation();
  const known = error instanceof Unanswered ? error : null;
  const message = known?.code === UNREACHABLE ? t("trouble.unreachable") : known?.message || t("trouble.unexpected");
  return (
    <Alert
      type="error"
      showIcon
      className="trouble"
      title={message}
      description={
        <Typography.Text type="secondary" copyable={known?.requestId ? { text: `${known.code} ${known.requestId}` } : false}>
          {t("trouble.code", { code: known?.code ?? "page" })}
          {known?.requestId ? ` · ${t("trouble.request", { id: known.requestId })}` : ""}
        </Typography.Text>
      }
      action={
        onRetry ? (
          <Button onClick={onRetry}>{t("trouble.retry")}</Button>
        ) : undefined
      }
    />
  );
}
