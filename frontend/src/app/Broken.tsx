import { Button, Result } from "antd";
import { useTranslation } from "react-i18next";

/** A page that could not be shown; after an update of the server its old parts are gone, so reload. */
export function Broken() {
  const { t } = useTranslation();
  return (
    <Result
      status="warning"
      title={t("broken.title")}
      subTitle={t("broken.what")}
      extra={
        <Button
          type="primary"
          onClick={() => {
            window.location.reload();
          }}
        >
          {t("broken.reload")}
        </Button>
      }
    />
  );
}
