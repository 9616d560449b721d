import { Alert, Typography } from "antd";
import { useTranslation } from "react-i18next";

interface OnceProps {
  /** What it is and for whom. */
  readonly title: string;
  /** What to do with it. */
  readonly what: string;
  readonly secret: string;
}

/** A link or key that the server shows this once: to copy now. */
export function Once({ title, what, secret }: OnceProps) {
  const { t } = useTranslation();
  return (
    <Alert
      type="success"
      title={title}
      description={
        <div className="stack" data-testid="once">
          <span>{what}</span>
          <Typography.Text code copyable={{ text: secret, tooltips: [t("settings.copy"), t("settings.copied")] }} className="secret">
            {secret}
          </Typography.Text>
        </div>
      }
    />
  );
}
